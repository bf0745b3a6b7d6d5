import { z } from 'zod'
import { CASE_STATES } from '../../src/model/case.ts'
import { RAILS } from '../../src/model/plan.ts'
import { REASONS } from '../../src/model/verdict.ts'

/** An age or an offset such as `90s`, `5m`, `2h`, `3d`, in seconds. */
const seconds = z
  .string()
  .regex(/^\d+[smhd]$/)
  .transform((text) => Number(text.slice(0, -1)) * { s: 1, m: 60, h: 3_600, d: 86_400 }[text.slice(-1) as 's'])

const Posting = z.strictObject({
  channel: z.enum(['kpEventsAlerts', 'deployFailure', 'deployAlerts']),
  by: z.enum(['kpEvents', 'deploy', 'strangeBot', 'person']),
  /** Where Slack keeps the text. */
  shape: z.enum(['text', 'attachment', 'blocks', 'richText', 'alertmanager']).optional(),
  /** Age. Default: now. */
  ago: seconds.optional(),
  /** `{a}` stands for the id of cluster a, `{a:17}` for its first 17 characters. */
  text: z.string(),
  /** For a later step. */
  name: z.string().optional(),
  /** Name of the message that this one answers in its thread. */
  under: z.string().optional(),
})

const HumanAct = z.enum([
  'acknowledges',
  'snoozes',
  'notes',
  'reassigns',
  'escalates',
  'sets priority P1',
  'asks for a responder',
  'opens a conference bridge',
  'sends a status update',
  'merges a foreign alert',
])

/** One thing that happens. */
const Step = z.union([
  z.strictObject({ post: Posting }),
  z.strictObject({ edit: z.strictObject({ message: z.string(), text: z.string() }) }),
  z.strictObject({ delete: z.string() }),
  /** Somebody in PagerDuty, on the incident. */
  z.strictObject({ human: HumanAct }),
  /** The region's etcd holds a record of the cluster. */
  z.strictObject({ record: z.strictObject({ cluster: z.string(), region: z.string() }) }),
  /** What the responder is waited for. */
  z.strictObject({ await: z.literal('gathering') }),
  z.strictObject({ passes: z.literal('merge window') }),
  z.strictObject({ issues: z.literal('are closed') }),
])
export type Step = z.infer<typeof Step>

const Alert = z.strictObject({
  cluster: z.string(),
  region: z.string().optional(),
  account: z.string().optional(),
  labels: z.record(z.string(), z.string().nullable()).optional(),
  /** The text beside the labels; ids as in a posting. */
  description: z.string().optional(),
  /** Age of the alert, or a moment of a day of the policy's migration windows. Default: now. */
  starts: z
    .union([
      z.strictObject({ ago: seconds }),
      z.strictObject({ day: z.enum(['yesterday', 'today']), at: z.string().regex(/^\d\d:\d\d:\d\d\.\d{3}$/) }),
    ])
    .optional(),
})
export type AlertInput = z.infer<typeof Alert>

const Expect = z.strictObject({
  /** `none`: there is no case. */
  state: z.enum([...CASE_STATES, 'none']),
  reasons: z.array(z.enum(REASONS)),
  refusals: z.array(z.enum(RAILS)).optional(),
  /** All that was done to the incident, in order. */
  effects: z.array(z.enum(['acknowledge', 'snooze 7200', 'snooze 43200', 'snooze 1', 'note'])),
  rings: z.number().int().min(0).optional(),
  issues: z.array(z.string()).optional(),
  noteIncludes: z.array(z.string()).optional(),
})

const Episode = {
  given: z.array(Step).optional(),
  alerts: z.array(Alert).min(1).optional(),
  truncatedAlerts: z.number().int().min(0).optional(),
  webhook: z.enum(['firing', 'resolved', 'nothing']).optional(),
  /** How often the webhook comes at once. */
  deliveries: z.number().int().min(1).optional(),
  incident: z.enum(['follows', 'already', 'alone', 'none']).optional(),
  meanwhile: z.array(Step).optional(),
  expect: Expect,
}
const Next = z.strictObject(Episode)
export type EpisodeInput = z.infer<typeof Next>

/** One alert as the responder meets it, and what a person who follows the runbook by hand would do about it. */
export const ScenarioFile = z.strictObject({
  title: z.string().min(10),
  /** What the person would do, and the step that says so, in a sentence. */
  runbook: z.string().regex(/\b(?:[Ss]teps?|section|General Debugging|Escalation Policy|Potential Issues)\b/),
  /** What the person would end with: a quiet page, or one that is theirs. */
  person: z.enum(['snoozes 2 h', 'opens an issue and snoozes 12 h', 'keeps the page']),
  ...Episode,
  alerts: z.array(Alert).min(1),
  /** What comes afterwards to the same alerts. */
  next: z.array(Next).optional(),
})
export type ScenarioFile = z.infer<typeof ScenarioFile>
