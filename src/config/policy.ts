import { parse } from 'yaml'
import { z } from 'zod'
import { parseDuration } from '../model/duration.ts'
import { compilePattern } from '../model/pattern.ts'
import { REASONS } from '../model/verdict.ts'
import { digestSchema } from './digest-schedule.ts'
import { keyProtectSchema, kubernetesSchema } from './further-policy.ts'
import { heartbeatSchema } from './heartbeat-policy.ts'
import { logsSchema } from './logs-policy.ts'

/** A duration such as `5m`, turned into milliseconds. */
const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text)
  if (ms !== null) return ms
  context.addIssue({ code: 'custom', message: `"${text}" is no duration: write 500ms, 5s, 5m, 2h or 7d` })
  return z.NEVER
})
/** How long PagerDuty can be asked to snooze. Source: REST API, "Snooze an incident", duration 1 to 604800 s. */
const snoozeDuration = duration.refine(
  (ms) => ms >= 1_000 && ms <= 604_800_000,
  'must be 1s to 7d: PagerDuty snoozes no shorter and no longer',
)
/** A duration, or 0 for "off". */
const durationOrOff = z.union([z.literal(0).transform(() => 0), duration])
/** A budget such as `2/24h` (times) or `26h/48h` (time), over a sliding span. */
const countBudget = z.string().transform((text, context) => {
  const match = /^(\d{1,6})\/(.+)$/.exec(text)
  const spanMs = match?.[2] ? parseDuration(match[2]) : null
  if (match && spanMs !== null && spanMs > 0) return { count: Number(match[1]), spanMs }
  context.addIssue({ code: 'custom', message: `"${text}" is no budget: write a count and a span, such as 2/24h` })
  return z.NEVER
})
const timeBudget = z.string().transform((text, context) => {
  const [amount = '', span = ''] = text.split('/')
  const amountMs = parseDuration(amount)
  const spanMs = parseDuration(span)
  if (amountMs !== null && spanMs !== null && spanMs > 0) return { amountMs, spanMs }
  context.addIssue({ code: 'custom', message: `"${text}" is no budget: write two durations, such as 26h/48h` })
  return z.NEVER
})
const pattern = z.string().transform((source, context) => {
  try {
    return compilePattern(source)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    context.addIssue({ code: 'custom', message: `is no linear-time regular expression (RE2 syntax): ${why}` })
    return z.NEVER
  }
})
const url = z.url({ protocol: /^https?$/ })
const day = z.union([z.iso.date(), z.date().transform((value) => value.toISOString().slice(0, 10))])
const evidenceChannel = (id: string, maxSilence: string | 0 = 0) =>
  z
    .strictObject({
      id: z
        .string()
        .regex(/^[CG][A-Z0-9]{8,}$/, 'must be a Slack channel id such as C018KJ6NW4A')
        .default(id),
      authors: z
        .array(z.string().regex(/^[ABU][A-Z0-9]{6,}$/, 'must be a Slack bot or app id such as B0123456789'))
        .default([]),
      maxSilence: durationOrOff.prefault(maxSilence),
    })
    .prefault({})

const RUNBOOKS = 'https://pages.github.ibm.com/alchemy-conductors/documentation-pages/docs/runbooks/armada'

/**
 * What the runbook fixes and a team may adjust. Whatever a file leaves out keeps the runbook's value; an unknown key is
 * a fault. Source of each default: the runbook step named beside it.
 */
export const policySchema = z.strictObject({
  channels: z
    .strictObject({
      kpEventsAlerts: evidenceChannel('C018KJ6NW4A'), // runbook, Actions to take, step 3
      deployFailure: evidenceChannel('C9XGSR292', '7d'), // step 2
      deployAlerts: evidenceChannel('C54FY4EKG'), // step 6
      notify: z.strictObject({ id: z.string().default(''), name: z.string().default('#armada-deploy') }).prefault({}),
    })
    .prefault({}),
  alertnames: z.array(z.string().min(1)).min(1).default(['ArmadaKPEventsProcessingErrors']),
  snooze: z
    .strictObject({
      busy: snoozeDuration.prefault('2h'), // step 5
      orphanedRegistration: snoozeDuration.prefault('12h'), // step 6
      judgeBeforeEnd: duration.prefault('5m'),
    })
    .prefault({}),
  budgets: z
    .strictObject({
      busySnoozes: countBudget.prefault('2/24h'),
      migrationSnoozes: countBudget.prefault('1/24h'),
      orphanSnoozes: countBudget.prefault('2/7d'),
      silence: timeBudget.prefault('26h/48h'),
      cases: countBudget.prefault('4/24h'),
      snoozesPerHour: z.number().int().min(0).default(20),
      issuesPerHour: z.number().int().min(0).default(30),
    })
    .prefault({}),
  windows: z
    .strictObject({
      errorText: duration.prefault('15m'),
      masterOperation: duration.prefault('30d'),
      deletion: duration.prefault('400d'),
      waitForErrorText: duration.prefault('5m'),
      evidenceRetry: duration.prefault('5m'),
      incidentLookup: duration.prefault('15m'),
      merge: duration.prefault('10m'),
      sweep: duration.prefault('2m'),
      /** How long an unanswered write may still show up at the upstream: nothing is sent again before, and not without a look. */
      probe: duration.prefault('30s'),
    })
    .prefault({}),
  migrations: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        region: z.string().regex(/^[a-z]{2,3}-[a-z0-9-]+$/),
        from: day,
        until: day,
        accounts: z.array(z.string().regex(/^[0-9a-f]{32}$/)).default([]),
        workerAccount: z.string().regex(/^[0-9a-f]{32}$/),
      }),
    )
    .default([
      // runbook, EU-FR2 Key Migration, and step 4: September and October 2024
      {
        name: 'BNPP to HPCS',
        region: 'eu-fr2',
        from: '2024-09-01',
        until: '2024-10-31',
        accounts: [],
        workerAccount: 'bab556e1c47446ef8da61e399343a3e7',
      },
    ]),
  etcd: z
    .strictObject({
      clusterKeys: z
        .array(z.string().regex(/\{clusterId\}/, 'must contain {clusterId}'))
        .min(1)
        .default(['/clusters/{clusterId}']),
      sentinelKey: z.string().min(1).default('/clusters/.sentinel'),
      regions: z
        .record(
          z.string(),
          z.strictObject({
            endpoints: z.array(url).min(1),
            username: z.string().optional(),
            passwordFile: z.string().optional(),
            caFile: z.string().optional(),
            certFile: z.string().optional(),
            keyFile: z.string().optional(),
          }),
        )
        .default({}),
    })
    .prefault({}),
  keyProtect: keyProtectSchema,
  kubernetes: kubernetesSchema,
  storm: z
    .strictObject({
      clusters: z.number().int().min(1).default(20),
      perRegion: z.number().int().min(1).default(10),
      within: duration.prefault('10m'),
      calm: duration.prefault('15m'),
    })
    .prefault({}),
  /** Reasons that are handled more carefully than the mode of the service, so that a team can go live reason by reason. */
  stages: z.partialRecord(z.enum(REASONS), z.enum(['shadow', 'approve', 'live'])).prefault({}),
  operators: z
    .strictObject({ slackUsers: z.array(z.string()).default([]), slackGroups: z.array(z.string()).default([]) })
    .prefault({}),
  issue: z
    .strictObject({ labels: z.array(z.string().min(1)).default(['kp-events', 'orphaned-key-registration']) })
    .prefault({}),
  shadowNotify: z.boolean().default(false),
  logs: logsSchema,
  digest: digestSchema,
  heartbeat: heartbeatSchema,
  links: z
    .strictObject({
      runbook: url.default(`${RUNBOOKS}/armada-deploy-kp-events-failures.html`),
      masterOperations: url.default(`${RUNBOOKS}/armada-deploy-operation-failures.html`), // steps 2 and 5
      webhooks: url.default('https://cloud.ibm.com/docs/openshift?topic=openshift-webhooks_update'),
      webhookIssue: url.default('https://github.ibm.com/alchemy-containers/armada-update/issues/5306'),
      logSearch: z.string().default(''),
      escalation: z.string().default(''),
      squad: z.string().default(''),
    })
    .prefault({}),
  patterns: z
    .strictObject({
      busy: pattern.prefault('(?i)error completing request,?\\s+the cluster is busy with another KMS action'), // step 5
      migrationBlocked: pattern.prefault('(?i)busy with another KMS action'), // EU-FR2, Potential Issues 1
      etcdInfo: pattern.prefault('(?i)error finding ETCD info'), // step 6
      // EU-FR2, General Debugging 5 a-d, 7-9
      clusterState: pattern.prefault('(?i)check cluster state'),
      keyInUse: pattern.prefault('(?i)check key in use'),
      keyInfo: pattern.prefault('(?i)get key info from ghost'),
      keyState: pattern.prefault('(?i)check key status for migration'),
      notAuthorized: pattern.prefault(
        '(?i)\\b(?:not authorized|unauthorized|unauthorised|forbidden|authorization (?:failed|failure|denied|error)|failed authorization|401|403)\\b',
      ),
      providerError: pattern.prefault(
        '(?i)\\b(?:key ?protect|kms|hpcs|hs-crypto|hyper protect)\\b.{0,120}\\b(?:5\\d\\d|internal server error|server error|service unavailable|bad gateway|gateway timeout)\\b|\\b(?:5\\d\\d|internal server error|server error|service unavailable|bad gateway|gateway timeout)\\b.{0,120}\\b(?:key ?protect|kms|hpcs|hs-crypto|hyper protect)\\b',
      ),
      corrId: pattern.prefault('(?i)\\bcorr(?:elation)?[ _-]?id["\\s:=]+([A-Za-z0-9][A-Za-z0-9._-]{3,127})'),
      keyCrn: pattern.prefault(
        '(?i)\\b(source|target)[A-Za-z _-]{0,40}["\\s:=]+(crn:v1:[a-z0-9-]+:[a-z]+:(?:kms|hs-crypto):[^\\s"\',<>]+)',
      ),
      keyAction: pattern.prefault('(?i)\\b(rotate|rotation|enable|disable|delete|restore|sync)[a-z]*\\b'),
      deleted: pattern.prefault(
        '(?i)\\b(?:deleted|deletion (?:completed?|succeeded|finished|done|successful)|delete (?:completed?|succeeded|successful))\\b',
      ), // step 6
      notDeleted: pattern.prefault(
        "(?i)\\b(?:request\\w*|fail\\w*|error\\w*|retr(?:y|ied|ies|ying)|skip\\w*|pending|queued|scheduled|start\\w*|in progress|will|to be|being|not|never|cannot|can't|unable|abort\\w*|cancel\\w*|undelet\\w*|restored?)\\b",
      ),
      kmsUpdate: pattern.prefault('(?i)kms[_ -]?update'), // step 2
      succeeded: pattern.prefault('(?i)\\b(?:succeeded|successful|successfully|success|completed|recovered)\\b'),
      failed: pattern.prefault(
        '(?i)\\b(?:fail|fails|failed|failure|failing|error|errors|errored|unsuccessful|not|timed out|timeout|aborted|stuck)\\b',
      ),
    })
    .prefault({}),
})

export type Policy = z.infer<typeof policySchema>

/** The runbook's own policy. */
export const DEFAULT_POLICY: Policy = policySchema.parse({})

/** The policy of a YAML text, or every fault in it. An empty text is the runbook's own policy. */
export function parsePolicy(yamlText: string): { policy: Policy } | { faults: string[] } {
  let raw: unknown
  try {
    raw = parse(yamlText) ?? {}
  } catch (error) {
    return {
      faults: [`policy is not YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`],
    }
  }
  const parsed = policySchema.safeParse(raw)
  if (parsed.success) return { policy: parsed.data }
  return {
    faults: parsed.error.issues.map((issue) => `policy ${issue.path.join('.') || '(whole file)'}: ${issue.message}`),
  }
}
