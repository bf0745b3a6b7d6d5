import type { CaseAlert } from '../model/case.ts'
import { formatDuration } from '../model/duration.ts'
import { outcomeOf } from '../model/finding.ts'
import { type AlertIdentity, identifyCluster } from '../model/identity.ts'
import { toInertText } from '../model/outside-text.ts'
import { isMigrationError } from '../runbook/debugging.ts'
import { traceOf } from '../runbook/error-trace.ts'
import { describeUsage } from './budget.ts'
import { findingLines } from './finding-lines.ts'
import { migrationNote } from './migration-advice.ts'
import { nextSteps } from './next-steps.ts'
import { linesOf, type NoteLine } from './note-line.ts'
import type { Situation } from './situation.ts'

const QUOTE_LIMIT = 300

/** An alert's lines of the note: `main` in its paragraph, `background` after everything else. */
export interface AlertParagraph {
  main: NoteLine[]
  background: NoteLine[]
  /** Sources that were asked in vain. */
  notChecked: string[]
}

/**
 * What the note says of one alert, the most useful first; what its headline says already is not said again.
 * Source: PRODUCT.md section 5.
 */
export function alertParagraph(
  alert: CaseAlert,
  situation: Situation,
  { headline, isQuiet }: { headline: string; isQuiet: boolean },
): AlertParagraph {
  const { policy } = situation
  const identity = identifyCluster(alert)
  const head = `${nameLine(alert, identity)}, since ${toTime(alert.startsAtMs)}`
  const verdict = alert.judgement?.verdict
  if (!verdict) return { main: linesOf('outcome', [head, 'Still being looked at.']), background: [], notChecked: [] }
  // Nobody acts while it is quiet: what it rests on is needed more.
  const acting = isQuiet ? 'more' : 'act'
  const others = verdict.evidence.filter(({ source }) => source !== 'alert')
  const place = identity.kind === 'identified' ? identity : { clusterId: null, accountId: null, region: null }
  const trace = traceOf(alert, policy)
  const migration = migrationNote(alert, policy)
  const found = findingLines(alert, acting)
  // What the logs say was looked up: looking there again is not what is needed most.
  const next = outcomeOf(alert, 'logs') === 'found' && isMigrationError(verdict.reason) ? 'known' : acting
  const hasKeys = trace.sourceKey !== null || trace.targetKey !== null
  return {
    main: [
      ...linesOf('outcome', [
        head,
        ...(headline.includes(`${verdict.reason}: ${verdict.message}`)
          ? []
          : [`Verdict: ${verdict.reason}. ${toInertText(verdict.message, 300)}`]),
        ...others
          .filter(({ outcome }) => outcome === 'found')
          .map(
            ({ quote, summary, link }) =>
              `"${toQuote(quote ?? '', hasKeys)}" (${toInertText(summary, 120)})${link ? ` ${link}` : ''}`,
          ),
      ]),
      ...linesOf('act', [
        ...(trace.keyAction ? [`Key action in the text: ${trace.keyAction}`] : []),
        ...migration.urgent,
      ]),
      ...found.main,
      ...linesOf(
        next,
        nextSteps(verdict.reason, { ...place, corrId: trace.corrId, policy }).map((step) => `Next: ${step}`),
      ),
      ...linesOf(
        'outcome',
        verdict.evidence
          .filter(({ outcome }) => outcome === 'unavailable')
          .map(({ summary }) => `NOT checked: ${toInertText(summary, 200)}`),
      ),
      ...linesOf('known', [
        ...others
          .filter(({ outcome }) => outcome === 'absent')
          .map(({ summary }) => `Checked: ${toInertText(summary, 200)}`),
        ...(identity.kind === 'identified' ? usageLines(alert, identity.clusterId, situation) : []),
      ]),
    ],
    background: [...found.background, ...linesOf('more', migration.background)],
    notChecked: found.notChecked,
  }
}

/** A quote for the note; key CRNs are long, and where they are told beside it they are not told twice. */
function toQuote(quote: string, hasKeys: boolean): string {
  return toInertText(hasKeys ? quote.replace(/\bcrn:v1:[^\s"',<>]+/g, 'crn:…') : quote, QUOTE_LIMIT)
}

function nameLine(alert: CaseAlert, identity: AlertIdentity): string {
  const { labels } = alert
  const carrier = labels.carrier_name ? `, carrier ${toInertText(labels.carrier_name, 60)}` : ''
  const impact = `customer impact: ${toInertText(labels.tip_customer_impacting ?? 'not stated', 20)}`
  return identity.kind === 'identified'
    ? `Cluster ${identity.clusterId}, account ${identity.accountId}, region ${identity.region}${carrier}, ${impact}`
    : `Alert ${toInertText(alert.fingerprint, 128)}${carrier}, ${impact}`
}

/** The silence so far, and how often this cluster came of late. */
function usageLines(alert: CaseAlert, clusterId: string, { usage, policy, nowMs }: Situation): string[] {
  const own = usage.clusters.find((cluster) => cluster.clusterId === clusterId)
  if (!own) return []
  const remedy = alert.judgement?.verdict.remedy
  const isQuieting = remedy !== undefined && remedy.kind !== 'human'
  return [
    ...(isQuieting ? [`Silence: ${describeUsage(own, remedy, { policy, nowMs })}`] : []),
    ...(own.cases > 1
      ? [`Episodes of this cluster in ${formatDuration(policy.budgets.cases.spanMs)}: ${own.cases}`]
      : []),
  ]
}

/** A moment for people: UTC ISO 8601 to the second. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
