import { type SlackCall, SlackError } from './call.ts'
import type { Channel } from './channel.ts'
import { type JsonObject, type StoredMessage, WORKSPACE } from './message.ts'
import type { MethodContext } from './method.ts'
import { toPermalink } from './read-methods.ts'

/** Results a page. Source: search.messages. */
const DEFAULT_COUNT = 20
const MAX_COUNT = 100

interface Match {
  channel: Channel
  stored: StoredMessage
}

interface Query {
  terms: string[]
  phrases: string[]
  channel?: string
  after?: string
  before?: string
}

/** search.messages: by whole words over an index that lags; replies are found, private channels too if a member. */
export function searchMessages(call: SlackCall, context: MethodContext): JsonObject {
  const asked = call.required('query', 'no_query')
  const count = toNumber(call.text('count'), { fallback: DEFAULT_COUNT, max: MAX_COUNT })
  const page = toNumber(call.text('page'), { fallback: 1, max: 100 })
  const query = parseQuery(asked)
  const isAscending = call.text('sort_dir') === 'asc'
  const found = findMatches(query, context).sort((a, b) => {
    const isLater = a.stored.message.ts > b.stored.message.ts
    return isLater === isAscending ? 1 : -1
  })
  const pages = Math.ceil(found.length / count)
  const first = (page - 1) * count
  const matches = found.slice(first, first + count).map(presentMatch)
  return {
    query: asked,
    messages: {
      total: found.length,
      pagination: {
        total_count: found.length,
        page,
        per_page: count,
        page_count: pages,
        first: matches.length > 0 ? first + 1 : 0,
        last: first + matches.length,
      },
      paging: { count, total: found.length, page, pages },
      matches,
    },
  }
}

function findMatches(query: Query, { workspace }: MethodContext): Match[] {
  const indexedUntilMs = workspace.clock.now().getTime() - workspace.searchLagMs
  return workspace
    .channels()
    .filter((channel) => (!channel.isPrivate || channel.isMember) && isChannelAsked(channel, query.channel))
    .flatMap((channel) => channel.all().map((stored) => ({ channel, stored })))
    .filter(({ stored }) => stored.committedAtMs <= indexedUntilMs && matches(stored, query))
}

function matches(stored: StoredMessage, query: Query): boolean {
  const day = new Date(Number(stored.message.ts.slice(0, 10)) * 1000).toISOString().slice(0, 10)
  if ((query.after !== undefined && day <= query.after) || (query.before !== undefined && day >= query.before))
    return false
  const text = searchableText(stored.message).toLowerCase()
  const words = new Set(text.split(/[^\p{L}\p{N}_]+/u))
  return (
    query.phrases.every((phrase) => text.includes(phrase)) &&
    query.terms.every((term) => term.split(/[^\p{L}\p{N}_]+/u).every((word) => word === '' || words.has(word)))
  )
}

/** Everything a person reads of the message: any string below a text-like key. */
function searchableText(value: unknown): string {
  if (Array.isArray(value)) return value.map(searchableText).join(' ')
  if (typeof value !== 'object' || value === null) return ''
  return Object.entries(value)
    .map(([key, inner]) => {
      const isText = ['text', 'pretext', 'title', 'fallback', 'value'].includes(key)
      return isText && typeof inner === 'string' ? inner : searchableText(inner)
    })
    .join(' ')
}

function parseQuery(asked: string): Query {
  const query: Query = { terms: [], phrases: [] }
  for (const [token, quoted] of asked.matchAll(/"([^"]*)"|\S+/g)) {
    const [, modifier, value] = /^(in|after|before):(.+)$/.exec(token) ?? []
    if (quoted !== undefined) query.phrases.push(quoted.toLowerCase())
    else if (modifier === 'in' && value) query.channel = value.replace(/^<?#/, '').replace(/(\|.*)?>$/, '')
    else if (modifier === 'after' && value) query.after = value
    else if (modifier === 'before' && value) query.before = value
    else query.terms.push(token.toLowerCase())
  }
  return query
}

function isChannelAsked(channel: Channel, asked: string | undefined): boolean {
  return asked === undefined || asked === channel.id || asked === channel.name
}

function presentMatch({ channel, stored }: Match): JsonObject {
  const { ts, text, user, username, blocks, attachments } = stored.message
  return {
    iid: `${channel.id}-${ts}`,
    team: WORKSPACE.teamId,
    score: 0,
    channel: { id: channel.id, name: channel.name, is_private: channel.isPrivate, is_ext_shared: false },
    type: 'message',
    user: user ?? null,
    username: username ?? '',
    ts,
    text,
    ...(blocks && { blocks }),
    ...(attachments && { attachments }),
    permalink: toPermalink(channel, stored),
  }
}

function toNumber(text: string | undefined, bounds: { fallback: number; max: number }): number {
  if (text === undefined) return bounds.fallback
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new SlackError('invalid_arguments')
  return Math.min(value, bounds.max)
}
