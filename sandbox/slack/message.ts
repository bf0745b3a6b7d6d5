/** Any JSON object of Slack's: blocks, attachments and profiles stay as open as they are on the wire. */
export type JsonObject = Record<string, unknown>

export interface SlackReaction {
  name: string
  count: number
  users: string[]
}

/** A message as the Web API and the Events API show it. */
export interface SlackMessage {
  type: 'message'
  /** String id, ten digits, a dot, six digits. Never a number. */
  ts: string
  text: string
  subtype?: string
  user?: string
  bot_id?: string
  app_id?: string
  username?: string
  team?: string
  bot_profile?: JsonObject
  blocks?: JsonObject[]
  attachments?: JsonObject[]
  thread_ts?: string
  metadata?: JsonObject
  edited?: { user: string; ts: string }
  reactions?: SlackReaction[]
  [extra: string]: unknown
}

/** A message before its channel gave it a ts. */
export type DraftMessage = Omit<SlackMessage, 'ts'> & { type: 'message'; text: string }

/** Where the text of a message lives; every one of these is met in real channels. */
export type MessageShape = 'text' | 'attachment' | 'blocks' | 'richText' | 'alertmanager'

/** Who posts. A bot id alone makes a classic `bot_message`; with an app or user id it is a modern bot without subtype. */
export interface SlackAuthor {
  botId?: string
  appId?: string
  userId?: string
  username?: string
}

/** A message with what Slack knows about it and never shows. */
export interface StoredMessage {
  message: SlackMessage
  /** Absent for messages posted raw or by API: an edit then changes `text` alone. */
  shape?: MessageShape
  /** Posted by the responder's bot, hence the only kind it may update or delete. */
  isOwn: boolean
  /** Sandbox time of the commit, milliseconds; the search index lags behind it. */
  committedAtMs: number
}

/** The workspace's fixed identities; ids have the shapes the public schema demands. */
export const WORKSPACE = {
  teamId: 'T0KPSANDBOX',
  team: 'KP Sandbox',
  url: 'https://kp-sandbox.slack.com/',
  appId: 'A0KPRESPONDER',
  botId: 'B0KPRESPONDER',
  botUserId: 'U0KPRESPONDER',
  botName: 'kp-responder',
  /** The installing person, as whom a user token acts. */
  userId: 'U0KPINSTALLER',
} as const
