import { cut, maskSecrets } from './outside-text.ts'
import type { Step } from './step.ts'
import type { Reason } from './verdict.ts'

/** The sources that are looked up beside the evidence. No verdict and no action rests on what they say. */
export const FINDING_SOURCES = ['prometheus', 'logs', 'key-protect', 'iam', 'kubernetes'] as const
export type FindingSource = (typeof FINDING_SOURCES)[number]

/** What people call a source. */
export const SOURCE_NAMES: Readonly<Record<FindingSource, string>> = {
  prometheus: 'Prometheus',
  logs: 'logs',
  'key-protect': 'Key Protect',
  iam: 'IAM',
  kubernetes: 'Kubernetes',
}

/**
 * `weak`: the source answered, and its answer proves little: an empty vector is no recovery, and no line in the logs no
 * absence of errors.
 */
export const FINDING_OUTCOMES = ['found', 'absent', 'weak', 'unavailable'] as const
export type FindingOutcome = (typeof FINDING_OUTCOMES)[number]

/** What one source says beside the evidence, for people: note, issue, case page and JSON all show it. */
export interface Finding {
  source: FindingSource
  outcome: FindingOutcome
  /** One sentence, which makes sense behind the source's name: what was found, or why it could not be. */
  summary: string
  /** UTC ISO 8601: when the answer was true. */
  observedAt: string
  link: string | null
  /** Further sentences, most useful first: the note takes what fits, page and issue all. */
  lines: readonly string[]
  /** The source's own words. */
  quotes: readonly string[]
  /** What a person does about it. Its commands hold only values of a checked shape: they are shown as they are. */
  steps: readonly Step[]
  details: FindingDetails | null
}

/** What a finding tells to machines and to the drawings of the case page. */
export type FindingDetails = FailingClusters | LogLines

/** Lines of the logs about a cluster or a CorrID. */
export interface LogLines {
  kind: 'log-lines'
  corrId: string | null
  /** Errors before others, newest first among each. */
  lines: readonly { at: string | null; app: string | null; level: string | null; text: string }[]
}

/** Which clusters Prometheus says fail now, and how it went with this one. */
export interface FailingClusters {
  kind: 'failing-clusters'
  /** Most failures first. */
  clusters: readonly { clusterId: string; accountId: string; region: string; failures: number }[]
  /** Failures of this cluster over time, `null` where there is no sample; null where no cluster is known. */
  series: { fromMs: number; stepMs: number; values: readonly (number | null)[] } | null
}

/** What the sources said of one alert, and what they were asked for: they are not asked for the same thing twice. */
export interface AlertFindings {
  /** Identity of the outcome that people were to be told. */
  outcomeKey: string
  reason: Reason
  askedAtMs: number
  entries: readonly Finding[]
}

/** How one source answered about an alert; null where it was not asked. */
export function outcomeOf({ findings }: { findings?: AlertFindings }, wanted: FindingSource): FindingOutcome | null {
  return findings?.entries.find(({ source }) => source === wanted)?.outcome ?? null
}

/** Bounds of what is stored of one finding, in characters and entries. */
const SUMMARY_LIMIT = 400
const LINE_LIMIT = 500
const LINES_LIMIT = 30
const QUOTE_LIMIT = 1_500
const QUOTES_LIMIT = 12
const LINK_LIMIT = 2_000
const VALUE_LIMIT = 1_000
const LIST_LIMIT = 200

/** The finding as it may be stored: secrets masked, everything bounded. */
export function toStorable(finding: Finding): Finding {
  const text = (value: string, limit: number) => cut(maskSecrets(value), limit)
  return {
    ...finding,
    summary: text(finding.summary, SUMMARY_LIMIT),
    link: finding.link !== null && finding.link.length <= LINK_LIMIT ? maskSecrets(finding.link) : null,
    lines: finding.lines.slice(0, LINES_LIMIT).map((line) => text(line, LINE_LIMIT)),
    quotes: finding.quotes.slice(0, QUOTES_LIMIT).map((quote) => text(quote, QUOTE_LIMIT)),
    details: bounded(finding.details),
  }
}

/** The same shape with every text masked and cut, and every list cut. */
function bounded<T>(value: T): T
function bounded(value: unknown): unknown {
  if (typeof value === 'string') return cut(maskSecrets(value), VALUE_LIMIT)
  if (Array.isArray(value)) return value.slice(0, LIST_LIMIT).map((item) => bounded(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, bounded(item)]))
}
