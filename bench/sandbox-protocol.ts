import { z } from 'zod'

/** What a group that fires has upstream: PagerDuty's incident, and the bot's message in Slack. */
export const PARTS = ['incident', 'message'] as const
export type Part = (typeof PARTS)[number]

/** What the bench asks of the sandbox's process. */
export const Ask = z.discriminatedUnion('kind', [
  /** Makes these parts of each of these groups. */
  z.strictObject({
    kind: z.literal('stage'),
    from: z.int(),
    count: z.int(),
    startsAtMs: z.number(),
    parts: z.array(z.enum(PARTS)),
  }),
  z.strictObject({ kind: z.literal('tally') }),
  z.strictObject({ kind: z.literal('snoozes') }),
  z.strictObject({ kind: z.literal('limit'), pagerdutyPerMinute: z.int().nullable() }),
  z.strictObject({ kind: z.literal('latency'), ms: z.number() }),
])
export type Ask = z.infer<typeof Ask>

/** What upstreams were asked and what they committed, since the sandbox's start. */
export const Tally = z.strictObject({
  /** Effects of the responder by kind. */
  effects: z.record(z.string(), z.int()),
  /** Acknowledgements, snoozes and notes beyond the first of their kind on an incident. */
  doubles: z.int(),
  /** When the newest note was committed, ms since the epoch; 0 before the first. */
  lastNoteAtMs: z.number(),
  /** Requests by upstream and operation. */
  calls: z.record(z.string(), z.int()),
})
export type Tally = z.infer<typeof Tally>

/** When each group's incident was first snoozed: the group's number, and ms since the epoch. */
export const Snoozes = z.array(z.tuple([z.int(), z.number()]))

export const Ready = z.strictObject({ url: z.string() })
export const Numbered = z.strictObject({ id: z.int(), answer: z.unknown() })
