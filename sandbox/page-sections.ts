import { z } from 'zod'
import { escapeHtml, MAX_SHOWN, renderRows, renderValue } from './html.ts'

/** What the page reads of a Slack message; its text may be in blocks or attachments alone. */
const messageSchema = z.looseObject({
  ts: z.string(),
  text: z.string().default(''),
  user: z.string().optional(),
  bot_id: z.string().optional(),
  username: z.string().optional(),
  thread_ts: z.string().optional(),
  edited: z.unknown().optional(),
  blocks: z.unknown().optional(),
  attachments: z.unknown().optional(),
})
const slackSchema = z.object({
  channels: z.array(z.object({ id: z.string(), name: z.string(), messages: z.array(messageSchema) })),
})

const issueSchema = z.looseObject({
  number: z.number(),
  state: z.string(),
  title: z.string(),
  body: z.string().nullish(),
  labels: z.array(z.unknown()).default([]),
})
const githubSchema = z.object({
  repositories: z.array(z.object({ fullName: z.string(), issues: z.array(issueSchema) })),
})

/** Returns the messages of each channel that has any, newest last as in Slack. */
export function renderSlack(snapshot: unknown): string {
  const parsed = slackSchema.safeParse(snapshot)
  if (!parsed.success) return renderValue(snapshot)
  const channels = parsed.data.channels.filter(({ messages }) => messages.length > 0)
  if (channels.length === 0) return '<p>No messages yet.</p>'
  return channels
    .map(({ id, name, messages }) => {
      const rows = messages
        .slice(-MAX_SHOWN)
        .map((message) => [
          `${new Date(Math.floor(Number(message.ts) * 1000)).toISOString()}${message.edited ? ' (edited)' : ''}`,
          message.username ?? message.user ?? message.bot_id ?? '',
          message.thread_ts && message.thread_ts !== message.ts ? `in thread ${message.thread_ts}` : message.ts,
          [message.text, ...listTexts(message.attachments), ...listTexts(message.blocks)].filter(Boolean).join('\n'),
        ])
      return `<h3>#${escapeHtml(name)} (${escapeHtml(id)})</h3>${renderRows(['at', 'by', 'ts', 'text'], rows)}`
    })
    .join('\n')
}

/** Returns the issues of each repository. */
export function renderGithub(snapshot: unknown): string {
  const parsed = githubSchema.safeParse(snapshot)
  if (!parsed.success) return renderValue(snapshot)
  return parsed.data.repositories
    .map(({ fullName, issues }) => {
      const shown = issues.slice(-MAX_SHOWN).map(({ number, state, title, body, labels }) => {
        const names = labels.map((label) => (typeof label === 'string' ? label : JSON.stringify(label))).join(', ')
        const heading = `#${number} ${title} (${state}${names && `; ${names}`})`
        return `<h4>${escapeHtml(heading)}</h4><pre>${escapeHtml(body ?? '')}</pre>`
      })
      return `<h3>${escapeHtml(fullName)}</h3>${shown.join('\n') || '<p>No issues yet.</p>'}`
    })
    .join('\n')
}

/** Every text in blocks or attachments, in the order in which it stands there. */
function listTexts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(listTexts)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    if (typeof member === 'string') return ['text', 'title', 'pretext', 'value'].includes(name) ? [member] : []
    return listTexts(member)
  })
}
