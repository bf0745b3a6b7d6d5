import type { Logger } from 'pino'
import { TransientError } from '../errors.ts'
import { msToSlackTs } from '../model/slack-message.ts'
import { ownMessageFinder } from './slack-own-messages.ts'
import { ONE_A_SECOND, type ReadPriority, SlackPace, TIER_2, TIER_3, type WriteUrgency } from './slack-pace.ts'
import {
  AuthAnswer,
  InfoAnswer,
  ListAnswer,
  MessagesAnswer,
  PostAnswer,
  type SlackChannel,
  type SlackIdentity,
} from './slack-schema.ts'
import { createSlackCall, type SlackTransportOptions } from './slack-transport.ts'

export type { ReadPriority, WriteUrgency } from './slack-pace.ts'
export type { SlackChannel, SlackIdentity } from './slack-schema.ts'

/** Messages a page: Slack's greatest number for conversations.history and conversations.replies. */
const PAGE_SIZE = 999
/** Pages that a look for a channel's name may take. */
const MAX_PAGES = 50
/** Name of the metadata that our posts carry. */
const EVENT_TYPE = 'kp_responder_effect'

/** A page of messages, newest first, as Slack gave them; `cursor` asks for the next older page, null after the last. */
export interface SlackPage {
  messages: unknown[]
  cursor: string | null
}

export interface SlackSpan {
  /** Oldest message wanted, inclusive, milliseconds. */
  oldestMs: number
  /** Newest message wanted, inclusive, a Slack ts; without it up to now. */
  latestTs?: string
  cursor?: string | null
  priority?: ReadPriority
}

export interface SlackPost {
  channel: string
  /** What notifications show, and all there is where blocks can't be shown. */
  text: string
  blocks?: readonly object[]
  /** Kept in the message's metadata, so that `findOwnMessage` can find the post after a crash. */
  metadataKey?: string
  /** The parent's ts for a post into a thread. */
  threadTs?: string
  /** What goes first where many wait for the pace. Default: `news`. */
  urgency?: WriteUrgency
  /** Called when its turn has come, just before it is sent: it is not where this rejects. */
  beforeSend?: () => Promise<void>
}

export interface SlackMessageRef {
  channel: string
  ts: string
}

export interface SlackClient {
  /** Asked of Slack once; later calls give the same answer. */
  authTest(): Promise<SlackIdentity>
  history(channel: string, span: SlackSpan): Promise<SlackPage>
  /** A page of a thread, its parent first. */
  replies(
    channel: string,
    threadTs: string,
    options?: { cursor?: string | null; priority?: ReadPriority },
  ): Promise<SlackPage>
  info(channel: string): Promise<SlackChannel>
  /** The channel of this name, with or without a leading `#`, or null when we can see none. */
  findChannelByName(name: string): Promise<SlackChannel | null>
  postMessage(post: SlackPost): Promise<SlackMessageRef>
  updateMessage(
    message: SlackMessageRef & Pick<SlackPost, 'text' | 'blocks' | 'metadataKey' | 'urgency'>,
  ): Promise<SlackMessageRef>
  /** Our own message with this key in its metadata, posted since then (ms); null if none is there. */
  findOwnMessage(channel: string, query: { sinceMs: number; metadataKey: string }): Promise<SlackMessageRef | null>
  /** The address of a message, built without a call. */
  permalink(channel: string, ts: string, threadTs?: string | null): string
}

/** The only user of Slack's library. Reads keep to Slack's tiers, posts to one a second for each channel. */
export function createSlackClient(options: SlackTransportOptions & { logger: Logger }): SlackClient {
  const send = createSlackCall(options)
  const pace = new SlackPace(options)
  let identity: SlackIdentity | null = null

  async function authTest(): Promise<SlackIdentity> {
    identity ??= await pace.run({ name: 'auth.test', pace: TIER_3 }, () => send('auth.test', AuthAnswer, {}))
    return identity
  }

  async function readPage(
    method: string,
    parameters: Record<string, unknown>,
    priority: ReadPriority | undefined,
  ): Promise<SlackPage> {
    const lane = { name: method, pace: TIER_3, priority: priority ?? 'poll' }
    const answer = await pace.run(lane, () => send(method, MessagesAnswer, { limit: PAGE_SIZE, ...parameters }))
    return { messages: answer.messages, cursor: answer.response_metadata }
  }

  function history(channel: string, span: SlackSpan, isWithMetadata = false): Promise<SlackPage> {
    const parameters = {
      channel,
      oldest: msToSlackTs(Math.max(0, span.oldestMs)),
      latest: span.latestTs,
      inclusive: true,
      cursor: span.cursor ?? undefined,
      include_all_metadata: isWithMetadata || undefined,
    }
    return readPage('conversations.history', parameters, span.priority)
  }

  // A name is looked up once: posts ask for it again and again, and its id stays.
  const channelsByName = new Map<string, SlackChannel>()

  async function findChannelByName(name: string): Promise<SlackChannel | null> {
    const wanted = name.replace(/^#/, '')
    const known = channelsByName.get(wanted)
    if (known) return known
    let cursor: string | null = null
    for (let page = 0; page < MAX_PAGES; page++) {
      const parameters: Record<string, unknown> = {
        types: 'public_channel,private_channel',
        exclude_archived: true,
        limit: 999, // Slack: an integer under 1000
        cursor: cursor ?? undefined,
      }
      const answer: ListAnswer = await pace.run({ name: 'conversations.list', pace: TIER_2 }, () =>
        send('conversations.list', ListAnswer, parameters),
      )
      const found = answer.channels.find((channel) => channel.name === wanted)
      if (found) {
        channelsByName.set(wanted, found)
        return found
      }
      cursor = answer.response_metadata
      if (cursor === null) return null
    }
    throw new TransientError('unknown', 'Slack conversations.list: too many channels to find one by name')
  }

  const findOwn = ownMessageFinder({
    identity: authTest,
    page: (channel, span) => history(channel, span, true),
  })

  function readReplies(
    channel: string,
    ts: string,
    cursor: string | null,
    priority?: ReadPriority,
  ): Promise<SlackPage> {
    return readPage('conversations.replies', { channel, ts, cursor: cursor ?? undefined }, priority)
  }

  function write(
    method: 'chat.postMessage' | 'chat.update',
    channel: string,
    parameters: Record<string, unknown>,
    { urgency = 'news', beforeSend }: Pick<SlackPost, 'urgency' | 'beforeSend'>,
  ): Promise<SlackMessageRef> {
    const lane =
      method === 'chat.update' ? { name: method, pace: TIER_3 } : { name: `${method} ${channel}`, pace: ONE_A_SECOND }
    return pace.run({ ...lane, priority: urgency }, async () => {
      await beforeSend?.()
      try {
        return await send(method, PostAnswer, { channel, ...parameters })
      } catch (error) {
        options.logger.warn(
          { channel, method, error: error instanceof Error ? error.message : 'unknown' },
          'slack write failed',
        )
        throw error
      }
    })
  }

  return {
    authTest,
    history: (channel, span) => history(channel, span),
    replies: (channel, threadTs, how = {}) => readReplies(channel, threadTs, how.cursor ?? null, how.priority),
    async info(channel) {
      const answer = await pace.run({ name: 'conversations.info', pace: TIER_3 }, () =>
        send('conversations.info', InfoAnswer, { channel }),
      )
      return answer.channel
    },
    findChannelByName,
    postMessage(post) {
      const parameters = {
        ...contentOf(post),
        thread_ts: post.threadTs,
        // Text from outside is data: it may open no preview and mention nobody.
        unfurl_links: false,
        unfurl_media: false,
        link_names: false,
        parse: 'none',
      }
      return write('chat.postMessage', post.channel, parameters, post)
    },
    updateMessage: (message) =>
      write(
        'chat.update',
        message.channel,
        { ts: message.ts, ...contentOf(message), link_names: false, parse: 'none' },
        message,
      ),
    findOwnMessage: (channel, query) => findOwn({ channel, ...query }),
    permalink(channel, ts, threadTs) {
      const base = identity?.url.replace(/\/*$/, '/') ?? 'https://slack.com/'
      const thread = threadTs ? `?thread_ts=${encodeURIComponent(threadTs)}&cid=${encodeURIComponent(channel)}` : ''
      return `${base}archives/${encodeURIComponent(channel)}/p${ts.replace('.', '')}${thread}`
    },
  }
}

function contentOf(content: {
  text: string
  blocks?: readonly object[]
  metadataKey?: string
}): Record<string, unknown> {
  const metadata =
    content.metadataKey === undefined
      ? undefined
      : { event_type: EVENT_TYPE, event_payload: { key: content.metadataKey } }
  return { text: content.text, blocks: content.blocks, metadata }
}
