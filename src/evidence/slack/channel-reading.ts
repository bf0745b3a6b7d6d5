import { z } from 'zod'
import type { ChannelBoard } from '../../store/message-index.ts'

/** Clusters that are named in a reading; where more have unread threads, every cluster counts as one of them. */
const NAMED_CLUSTERS = 200

const readingSchema = z.object({
  /** Which reader says so: one replica, from when it began to read until it stops. */
  reader: z.string(),
  /** The board's number of changes before the membership was asked for. */
  changes: z.number(),
  membership: z.object({ isMember: z.boolean(), isArchived: z.boolean() }).nullable(),
  coverage: z
    .object({
      channel: z.string(),
      coveredFromMs: z.number(),
      coveredToMs: z.number(),
      readEndedAtMs: z.number(),
      fullReadAtMs: z.number().nullable(),
    })
    .nullable(),
  problem: z.object({ code: z.string(), sinceMs: z.number() }).nullable(),
  isReadingWhole: z.boolean(),
  unreadThreads: z.number(),
  /** The clusters that parents of unread threads name; null where they are too many to name. */
  unreadClusters: z.array(z.string()).nullable(),
})

/** What a channel's reader knows of it, as every replica sees it. Times are milliseconds by the reader's clock. */
export type ChannelReading = z.infer<typeof readingSchema>

const wishSchema = z.object({
  /** Messages are wanted from here (ms); null: nothing beyond the usual window. */
  fromMs: z.number().nullable(),
  fromAskedAtMs: z.number(),
  /** When somebody last wanted what is new at once (ms). */
  pollAskedAtMs: z.number().nullable(),
})

/** What the replicas that do not read ask of the reader. Times are milliseconds by the asker's clock. */
export type ChannelWish = z.infer<typeof wishSchema>

/** How long a wish for more than the usual window counts after it was last asked for. */
export const WISH_COUNTS_MS = 3_600_000
/** A wish that stands already is not written again for so long. */
const WISH_AGAIN_MS = 60_000

/** The reading of a board; null where there is none, or none that can be understood. */
export function readingOf({ reading }: ChannelBoard): ChannelReading | null {
  return readingSchema.safeParse(toJson(reading)).data ?? null
}

/** The wish of a board; null where there is none, or none that can be understood. */
export function wishOf({ wish }: ChannelBoard): ChannelWish | null {
  return wishSchema.safeParse(toJson(wish)).data ?? null
}

/** The names that fit into a reading, or null where there are too many. */
export function namedClusters(clusterIds: ReadonlySet<string>): string[] | null {
  return clusterIds.size > NAMED_CLUSTERS ? null : [...clusterIds]
}

/** The wish with messages from there wanted too; null where it is wished for already. */
export function wishFrom(known: ChannelWish | null, fromMs: number, nowMs: number): ChannelWish | null {
  const ageMs = known ? Math.abs(nowMs - known.fromAskedAtMs) : Number.POSITIVE_INFINITY
  const standingMs = known?.fromMs != null && ageMs <= WISH_COUNTS_MS ? known.fromMs : fromMs
  if (known?.fromMs != null && known.fromMs <= fromMs && ageMs <= WISH_AGAIN_MS) return null
  return {
    fromMs: Math.min(standingMs, fromMs),
    fromAskedAtMs: nowMs,
    pollAskedAtMs: known?.pollAskedAtMs ?? null,
  }
}

/** The wish with a poll at once wanted too. */
export function wishPoll(known: ChannelWish | null, nowMs: number): ChannelWish {
  return { fromMs: known?.fromMs ?? null, fromAskedAtMs: known?.fromAskedAtMs ?? nowMs, pollAskedAtMs: nowMs }
}

function toJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}
