/** One channel that is read for evidence, and how. Durations are milliseconds. */
export interface WatchedChannel {
  id: string
  /** Its name for people, with a leading `#`. */
  name: string
  /** How far back the channel is kept covered. */
  windowMs: number
  /** How far back a question may extend that. */
  maxWindowMs: number
  /** Time between two whole reads, by which edits and deletions are seen that no event told of. */
  wholeReadEveryMs: number
  /** Whether thread replies are read too. */
  isReadWithThreads: boolean
  /** Its known poster, by the policy now. */
  poster(): KnownPoster
}

export interface KnownPoster {
  /** Bot or app ids; empty: any bot. */
  authors: readonly string[]
  /** Longest silence of it that still proves absence; 0: any. */
  maxSilenceMs: number
}

/** A channel's state for metrics, readiness and the dashboard. Times are milliseconds since the epoch. */
export interface ChannelStatus {
  channel: string
  name: string
  /** Up to when the channel was read without a gap. */
  watermarkMs: number | null
  coveredFromMs: number | null
  fullReadAtMs: number | null
  isReadingWhole: boolean
  isMember: boolean | null
  isArchived: boolean | null
  /** Slack's word or our code for the failure that lasts, null when the last read succeeded. */
  lastErrorCode: string | null
  lastErrorSinceMs: number | null
  /** Threads with replies that are not read yet. */
  unreadThreads: number
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** Covered beyond the window, because a question starts that long before its alert did, which may be two days old. */
const WINDOW_MARGIN_MS = 48 * HOUR_MS

/** From when on the channel is kept covered without being asked (ms). */
export function usualStartMs({ windowMs }: WatchedChannel, nowMs: number): number {
  return nowMs - windowMs - WINDOW_MARGIN_MS
}

/** From when on it has to be covered to answer a question, no further than it may be; null where it is covered as usual. */
export function extendedStartMs(channel: WatchedChannel, fromMs: number, nowMs: number): number | null {
  const boundedMs = Math.max(fromMs, nowMs - channel.maxWindowMs)
  return boundedMs < usualStartMs(channel, nowMs) ? boundedMs : null
}

/** The reading plan of each evidence channel; id, name, authors and silence come from the policy. */
export const READING_PLANS = {
  kpEventsAlerts: {
    windowMs: 26 * HOUR_MS,
    maxWindowMs: 30 * DAY_MS,
    wholeReadEveryMs: 5 * MINUTE_MS,
    isReadWithThreads: false,
  },
  deployFailure: {
    windowMs: 30 * DAY_MS,
    maxWindowMs: 60 * DAY_MS,
    wholeReadEveryMs: 10 * MINUTE_MS,
    isReadWithThreads: true,
  },
  deployAlerts: {
    windowMs: 400 * DAY_MS,
    maxWindowMs: 430 * DAY_MS,
    wholeReadEveryMs: DAY_MS,
    isReadWithThreads: false,
  },
} as const satisfies Record<
  string,
  Pick<WatchedChannel, 'windowMs' | 'maxWindowMs' | 'wholeReadEveryMs' | 'isReadWithThreads'>
>
