import { isSearchable, type LogAnswer, type LogLine, type LogsClient } from '../../clients/logs.ts'
import type { Policy } from '../../config/policy.ts'
import type { PolicySource } from '../../config/policy-source.ts'
import type { Finding } from '../../model/finding.ts'
import { cut } from '../../model/outside-text.ts'
import { logSearchLink } from '../../runbook/log-search.ts'
import type { FindingQuestion, FindingReader } from './finding-source.ts'

/** Lines that one search gives at most. */
const LINE_LIMIT = 200
/** Lines that are quoted. */
const QUOTE_LIMIT = 8
const TEXT_LIMIT = 1_000
/** However long an alert fires: older lines tell of another failure, in ms. */
const LONGEST_SPAN_MS = 86_400_000
const ERROR_LEVELS = new Set(['error', 'err', 'fatal', 'critical', 'crit', 'panic', 'alert', 'emerg', 'emergency'])

type LogsPolicy = Pick<Policy, 'logs' | 'links' | 'patterns' | 'windows'>

/** The error lines of the logs, by the CorrID of the error text and by the cluster. Source: runbook, General Debugging, 3 to 6. */
export function createLogsFindings({
  client,
  policy: source,
}: {
  client: LogsClient
  policy: PolicySource
}): FindingReader {
  return {
    source: 'logs',
    isShared: false,
    isAskedFor: (question) => termsOf(question, source.current()).length > 0,
    async ask(question) {
      const policy = source.current()
      const fromMs = Math.max(
        Math.min(question.alert.startsAtMs, question.nowMs) - policy.windows.errorText,
        question.nowMs - LONGEST_SPAN_MS,
      )
      const searches = await Promise.allSettled(
        termsOf(question, policy).map((wanted) =>
          client.search({ ...wanted, fromMs, toMs: question.nowMs, limit: LINE_LIMIT }),
        ),
      )
      const answers = searches.flatMap((search) => (search.status === 'fulfilled' ? [search.value] : []))
      const failed = searches.find((search) => search.status === 'rejected')
      // One search that fails does not take away what the other finds, but nothing is then said to be missing.
      if (failed && answers.every(({ lines }) => lines.length === 0)) throw failed.reason
      return [toFinding(question, answers, { fromMs, policy, hasFailed: failed !== undefined })]
    },
  }
}

/** By CorrID in every app of the carrier, by cluster in the app itself. */
function termsOf({ trace, identity }: FindingQuestion, { logs }: LogsPolicy): { term: string; app: string | null }[] {
  return [
    ...(trace.corrId !== null && isSearchable(trace.corrId) ? [{ term: trace.corrId, app: null }] : []),
    ...(identity.kind === 'identified' ? [{ term: identity.clusterId, app: logs.app }] : []),
  ]
}

function toFinding(
  { trace, identity, nowMs }: FindingQuestion,
  answers: readonly LogAnswer[],
  { fromMs, policy, hasFailed }: { fromMs: number; policy: LogsPolicy; hasFailed: boolean },
): Finding {
  const lines = distinct(answers.flatMap((answer) => answer.lines))
  const errors = lines.filter((line) => isError(line, policy))
  const clusterId = identity.kind === 'identified' ? identity.clusterId : null
  const what = [
    ...(trace.corrId === null ? [] : [`CorrID ${trace.corrId}`]),
    ...(clusterId === null ? [] : [`${trace.corrId === null ? 'this cluster' : 'of this cluster'}`]),
  ].join(' or ')
  const isPartial = hasFailed || answers.some((answer) => answer.isPartial)
  const quoted = quotedOf(lines, errors, policy)
  return {
    source: 'logs',
    outcome: lines.length === 0 ? 'weak' : 'found',
    summary:
      lines.length === 0
        ? `no line for ${what} since ${toTime(fromMs)}, which proves little: a search that goes wrong finds none either`
        : `${isPartial ? 'at least ' : ''}${count(lines.length, 'line')} for ${what} since ${toTime(fromMs)}, ${errors.length === 0 ? 'no error among them' : `${count(errors.length, 'error')} among them`}`,
    observedAt: new Date(nowMs).toISOString(),
    link: logSearchLink(policy, { corrId: trace.corrId, clusterId }),
    lines: hasFailed ? ['one of the two searches, by CorrID and by cluster, failed'] : [],
    quotes: quoted.map(toQuote),
    steps: [],
    details: {
      kind: 'log-lines',
      corrId: trace.corrId,
      lines: quoted.map(({ atMs, app, level, text }) => ({
        at: atMs === null ? null : new Date(atMs).toISOString(),
        app,
        level,
        text: cut(text, TEXT_LIMIT),
      })),
    },
  }
}

/** Errors, and what names the keys of a migration; else the newest. */
function quotedOf(lines: readonly LogLine[], errors: readonly LogLine[], { patterns }: LogsPolicy): LogLine[] {
  const withKeys = lines.filter((line) => patterns.keyCrn.isIn(line.text))
  const chosen = [...new Set([...errors.slice(0, QUOTE_LIMIT - 3), ...withKeys.slice(0, 3)])]
  return (chosen.length > 0 ? chosen : lines.slice(0, 2)).slice(0, QUOTE_LIMIT)
}

function isError({ level, text }: LogLine, { patterns }: LogsPolicy): boolean {
  return (level !== null && ERROR_LEVELS.has(level)) || (level === null && patterns.failed.isIn(text))
}

function distinct(lines: readonly LogLine[]): LogLine[] {
  const seen = new Set<string>()
  return lines
    .filter(({ atMs, app, text }) => {
      const key = `${atMs} ${app} ${text}`
      const isNew = !seen.has(key)
      seen.add(key)
      return isNew
    })
    .sort((a, b) => (b.atMs ?? 0) - (a.atMs ?? 0))
}

function toQuote({ atMs, app, text }: LogLine): string {
  const head = [...(atMs === null ? [] : [toTime(atMs)]), ...(app === null ? [] : [app])].join(' ')
  return `${head === '' ? '' : `${head}: `}${cut(text, TEXT_LIMIT)}`
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}

function toTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
