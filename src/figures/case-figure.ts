import type { Case } from '../model/case.ts'
import { cut } from '../model/outside-text.ts'
import type { Receipt } from '../model/plan.ts'
import type { Reason } from '../model/verdict.ts'

/** How a case went, for people: what the responder did about its page. `woken`: snoozed, and a person was needed after all. */
export const RESULTS = ['avoided', 'woken', 'handed-over', 'would-snooze', 'ended-early', 'open'] as const
export type Result = (typeof RESULTS)[number]

/** How a page went that was snoozed for real: whether it stayed quiet, or who had to act on it after all. */
export type AfterSnooze = 'quiet' | 'woken' | 'taken-over' | 'rang'

/** What one case adds to the figures. Times in ms since the epoch. */
export interface CaseFigure {
  caseId: string
  openedAtMs: number
  /** The reason that ruled the case: the one of a person before any other. */
  reason: Reason | null
  result: Result
  /** Null where nothing was snoozed for real. */
  afterSnooze: AfterSnooze | null
  /** From the opening to the first thing that was done or would have been; null where nothing was. */
  toActionMs: number | null
  /** Error texts that no rule knew, each cut to its shape. */
  unknownShapes: readonly string[]
}

const SHAPE_LIMIT = 160

/** What the case adds to the figures. */
export function toFigure(subject: Case): CaseFigure {
  const { id: caseId, openedAtMs, receipts } = subject
  const acted = receipts.filter(({ action, result }) => action !== 'slack' && result !== 'refused')
  const firstMs = acted.length > 0 ? Math.min(...acted.map(({ at }) => Date.parse(at))) : null
  return {
    caseId,
    openedAtMs,
    reason: ruling(subject),
    result: toResult(subject),
    afterSnooze: toAfterSnooze(subject),
    toActionMs: firstMs === null ? null : Math.max(0, firstMs - openedAtMs),
    unknownShapes: unknownShapes(subject),
  }
}

function ruling({ alerts }: Case): Reason | null {
  const verdicts = alerts.flatMap(({ judgement }) => (judgement?.kind === 'verdict' ? [judgement.verdict] : []))
  const forPeople = verdicts.find(({ remedy }) => remedy.kind === 'human')
  return (forPeople ?? verdicts[0])?.reason ?? null
}

function toResult(subject: Case): Result {
  const { state, receipts } = subject
  const isLate = state === 'gathering' || state === 'waiting'
  const after = toAfterSnooze(subject)
  if (after !== null) return after === 'quiet' ? 'avoided' : 'woken'
  if (receipts.some(({ action, result }) => action === 'snooze' && result === 'would')) return 'would-snooze'
  if (isLate) return 'open'
  return isWithPeople(subject) ? 'handed-over' : 'ended-early'
}

function toAfterSnooze(subject: Case): AfterSnooze | null {
  if (!did(subject, 'snooze')) return null
  if (did(subject, 'wake')) return 'woken'
  if (subject.takenOver !== null) return 'taken-over'
  return isWithPeople(subject) ? 'rang' : 'quiet'
}

function did({ receipts }: Case, action: Receipt['action']): boolean {
  return receipts.some(
    (receipt) => receipt.action === action && (receipt.result === 'updated' || receipt.result === 'adopted'),
  )
}

/** Or was, when it ended. */
function isWithPeople({ state, endedAs }: Case): boolean {
  return (state === 'resolved' ? endedAs : state) === 'handed-over'
}

function unknownShapes({ alerts }: Case): string[] {
  const quotes = alerts.flatMap(({ judgement }) =>
    judgement?.verdict.reason === 'unrecognised-error'
      ? judgement.verdict.evidence.flatMap(({ source, quote }) =>
          source === 'kp-events-alerts' && quote ? [quote] : [],
        )
      : [],
  )
  return [...new Set(quotes.map(shapeOf))]
}

/** A text without what differs from one failure to the next: ids, numbers, times, addresses, quoted names. */
export function shapeOf(text: string): string {
  const bare = text
    .replace(/crn:v1:\S+/g, '<crn>')
    .replace(/https?:\/\/\S+/g, '<link>')
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27,}\b/gi, '<id>')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?\S*/g, '<time>')
    .replace(/(["'`])(?:(?!\1)[^\n]){1,80}\1/g, '<name>')
    .replace(/\b(?=[0-9a-z]*\d)[0-9a-z]{12,}\b/gi, '<id>')
    .replace(/\d+/g, '<n>')
    .replace(/\s+/g, ' ')
    .trim()
  return cut(bare, SHAPE_LIMIT)
}
