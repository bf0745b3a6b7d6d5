/** One Slack message as the index keeps it: plain text, unescaped, in its last edited form. */
export interface IndexedMessage {
  channel: string
  /** Slack's message id, a decimal string such as `1700000000.123456`; unique in its channel, never a float. */
  ts: string
  /** The parent's ts when this is a reply, else null. A parent has null here. */
  threadTs: string | null
  author: MessageAuthor
  /**
   * The message's text, one entry for each separate place it stood in (a line of text, an attachment's title, a field,
   * a block). Tokens never span two entries.
   */
  segments: string[]
  /** Slack's `edited.ts`, or null. Of two versions of a message the one edited later is the true one. */
  editedTs: string | null
}

export interface MessageAuthor {
  botId: string | null
  appId: string | null
  userId: string | null
  name: string | null
}

/** What a Slack ts looks like. Anything longer is no time that the index could hold. */
export const SLACK_TS = /^\d{1,12}\.\d{1,6}$/

/** The time a Slack ts stands for, in milliseconds since the epoch. Only for comparing with clocks, never as identity. */
export function slackTsToMs(ts: string): number {
  const [seconds = '0', fraction = '0'] = ts.split('.')
  return Number(seconds) * 1_000 + Math.floor(Number(`0.${fraction}`) * 1_000)
}

/** A Slack ts at or just before the given time, for `oldest` and `latest` parameters. */
export function msToSlackTs(ms: number): string {
  return `${Math.floor(ms / 1_000)}.${String(Math.floor(ms % 1_000)).padStart(3, '0')}000`
}
