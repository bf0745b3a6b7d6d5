import { z } from 'zod'
import { CASE_STATES } from '../../model/case.ts'
import { FINDING_OUTCOMES, FINDING_SOURCES } from '../../model/finding.ts'
import { ACTION_KINDS, RAILS } from '../../model/plan.ts'
import { CLASSIFICATIONS, REASONS } from '../../model/verdict.ts'

const time = z.string().describe('UTC ISO 8601')

const EvidenceView = z.object({
  source: z.string(),
  outcome: z.enum(['found', 'absent', 'unavailable']),
  summary: z.string(),
  observedAt: time,
  link: z.string().nullable(),
  quote: z.string().nullable(),
})

const VerdictView = z.object({
  classification: z.enum(CLASSIFICATIONS),
  reason: z.enum(REASONS),
  message: z.string(),
  evidence: z.array(EvidenceView),
  ruledOut: z.array(z.object({ reason: z.enum(REASONS), why: z.string() })),
})

const AdviceSection = z.object({
  title: z.string(),
  source: z.string().describe('the heading of the runbook'),
  lines: z.array(z.string()),
})

const Step = z.object({ text: z.string(), commands: z.array(z.string()).describe('to run as they are') })

const FindingView = z.object({
  source: z.enum(FINDING_SOURCES),
  outcome: z.enum(FINDING_OUTCOMES).describe('weak: it answered, and that proves little'),
  summary: z.string(),
  observedAt: time,
  link: z.string().nullable(),
  lines: z.array(z.string()),
  quotes: z.array(z.string()).describe("the source's own words"),
  steps: z.array(Step),
  details: z.looseObject({ kind: z.string() }).nullable().describe('the same for machines, by its kind'),
})

const AlertView = z.object({
  fingerprint: z.string(),
  clusterId: z.string().nullable(),
  crn: z.string().nullable(),
  region: z.string().nullable(),
  accountId: z.string().nullable(),
  carrier: z.string().nullable(),
  severity: z.string().nullable(),
  customerImpact: z.string().nullable().describe('as the label says it; null where it does not'),
  status: z.enum(['firing', 'resolved']),
  startedAt: time,
  verdict: VerdictView.nullable().describe('null until there is one'),
  findings: z
    .array(FindingView)
    .describe(
      'what further sources say; the verdict rests on none of it. Among its evidence they stand too, as unavailable where weak',
    ),
  nextSteps: z.array(Step).describe('what a person does next, most useful first; none once the alert is resolved'),
  advice: z.array(AdviceSection).describe("the runbook's advice with this alert's values; only in a migration window"),
})

const IncidentView = z.object({
  id: z.string(),
  url: z.string(),
  status: z.enum(['triggered', 'acknowledged', 'resolved']),
})

const ActionView = z.looseObject({ action: z.enum(ACTION_KINDS), why: z.string() })

/** A case in JSON, as the API and the commands show it. Source: PRODUCT.md section 3, HTTP. */
export const CaseView = z.object({
  id: z.string(),
  dedupKey: z.string().nullable().describe("PagerDuty's incident_key; null where the input did not say"),
  openedAt: time,
  updatedAt: time,
  state: z.enum(CASE_STATES),
  nextLook: time.nullable(),
  snoozedUntil: time.nullable(),
  isQuiet: z
    .boolean()
    .describe('whether its page is kept quiet for real: not so in shadow, nor while it waits for approval'),
  takenOver: z.string().nullable().describe('the person who has it, where somebody took it over'),
  waiting: z
    .object({ awaited: z.enum(['error-text', 'evidence']), until: time })
    .nullable()
    .describe('what a verdict still waits for, and until when at most'),
  incident: IncidentView.nullable().describe('the newest'),
  incidents: z.array(IncidentView),
  alerts: z.array(AlertView),
  plan: z.object({
    headline: z.string().nullable(),
    offeredUntil: time.nullable().describe('until when people are asked in Slack to approve it'),
    actions: z.array(ActionView),
    refusals: z.array(z.object({ action: z.enum(ACTION_KINDS), rail: z.enum(RAILS), why: z.string() })),
  }),
  receipts: z.array(
    z.object({
      action: z.enum(ACTION_KINDS),
      result: z.enum(['created', 'updated', 'unchanged', 'adopted', 'would', 'refused']),
      why: z.string().nullable(),
      link: z.string().nullable(),
      at: time,
    }),
  ),
  timeline: z.array(z.object({ at: time, what: z.string(), actor: z.string(), link: z.string().nullable() })),
  url: z.string().nullable().describe('the case page, where PUBLIC_URL is set'),
})
export type CaseView = z.infer<typeof CaseView>
export type EvidenceView = z.infer<typeof EvidenceView>
export type FindingView = z.infer<typeof FindingView>
export type AdviceSection = z.infer<typeof AdviceSection>
export type Step = z.infer<typeof Step>
export type AlertView = z.infer<typeof AlertView>
export type VerdictView = z.infer<typeof VerdictView>
export type ActionView = z.infer<typeof ActionView>
export type IncidentView = z.infer<typeof IncidentView>
