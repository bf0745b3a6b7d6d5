import { type DraftMessage, type JsonObject, type MessageShape, type SlackAuthor, WORKSPACE } from './message.ts'
import { escapeText, toStoredText } from './text.ts'

type Content = Pick<DraftMessage, 'text'> & { blocks?: JsonObject[]; attachments?: JsonObject[] }

/** A message of this author with the text in the place the shape names. */
export function toDraft(author: SlackAuthor, shape: MessageShape, text: string): DraftMessage {
  return { type: 'message', ...toIdentity(author), ...toContent(shape, text) }
}

/** Text, blocks and attachments of a shape; the edit of a message uses it too, so that the text changes where it lives. */
export function toContent(shape: MessageShape, text: string): Content {
  switch (shape) {
    case 'text':
      return { text: toStoredText(text) }
    case 'attachment':
      return {
        text: '',
        attachments: [{ id: 1, fallback: firstLine(text), color: 'a30200', text: toStoredText(text) }],
      }
    case 'blocks':
      // Bots that send blocks often leave the fallback text a mere headline.
      return {
        text: 'New message',
        blocks: [
          { type: 'header', block_id: 'head', text: { type: 'plain_text', text: 'New message', emoji: true } },
          { type: 'section', block_id: 'body', text: { type: 'mrkdwn', text: toStoredText(text), verbatim: false } },
        ],
      }
    case 'richText':
      return { text: '', blocks: [toRichText(text)] }
    case 'alertmanager':
      return { text: '', attachments: [toAlertmanagerAttachment(text)] }
    default: {
      const unknownShape: never = shape
      throw new TypeError(`no such message shape: ${String(unknownShape)}`)
    }
  }
}

function toIdentity(author: SlackAuthor): Partial<DraftMessage> {
  const { botId, appId, userId, username } = author
  if (botId === undefined) {
    return { user: userId ?? 'U0KPSOMEONE', team: WORKSPACE.teamId }
  }
  if (appId === undefined && userId === undefined) {
    return { subtype: 'bot_message', bot_id: botId, username: username ?? 'bot' }
  }
  const app = appId ?? `A${botId.slice(1)}`
  return {
    user: userId ?? `U${botId.slice(1)}`,
    bot_id: botId,
    app_id: app,
    team: WORKSPACE.teamId,
    bot_profile: toBotProfile({ botId, appId: app, name: username ?? 'bot' }),
  }
}

/** The profile that a modern bot's messages carry. */
export function toBotProfile(bot: { botId: string; appId: string; name: string }): JsonObject {
  const icon = (pixels: number) => `https://a.slack-edge.com/80588/img/plugins/app/bot_${pixels}.png`
  return {
    id: bot.botId,
    deleted: false,
    name: bot.name,
    updated: 1_700_000_000,
    app_id: bot.appId,
    icons: { image_36: icon(36), image_48: icon(48), image_72: icon(72) },
    team_id: WORKSPACE.teamId,
  }
}

/** Each word an element of its own style, so that a reader who joins elements wrongly cuts an id or an error text. */
function toRichText(text: string): JsonObject {
  const half = Math.ceil(text.length / 2)
  const space = text.indexOf(' ', half)
  const cut = space < 0 ? text.length : space
  const parts = [text.slice(0, cut), text.slice(cut)].filter((part) => part !== '')
  const elements = parts.map((part, index) => ({
    type: 'text',
    text: escapeText(part),
    ...(index > 0 && { style: { code: true } }),
  }))
  return { type: 'rich_text', block_id: 'rich', elements: [{ type: 'rich_text_section', elements }] }
}

/** As Alertmanager's own notifier sends it: nothing in the message's text, everything in the first attachment. */
function toAlertmanagerAttachment(text: string): JsonObject {
  const link = 'http://alertmanager.example.com/#/alerts?receiver=slack'
  const title = firstLine(text)
  return {
    id: 1,
    color: 'a30200',
    fallback: `${title} | <${link}>`,
    title,
    title_link: link,
    text: toStoredText(text),
    mrkdwn_in: ['fallback', 'pretext', 'text'],
  }
}

function firstLine(text: string): string {
  return toStoredText(text.split('\n', 1)[0] ?? '')
}
