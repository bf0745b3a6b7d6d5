import { formatDuration } from '../model/duration.ts'
import type { Unreadable } from './past-incident.ts'
import type { ScoredExample } from './shadow.ts'
import type { Judged, ReasonTally, Tally } from './tally.ts'
import type { Interval } from './wilson.ts'

/** Fewer incidents of a reason than this tell little. */
const FEW = 20
const LISTED = 20

/** What a backtest came to. */
export interface Report extends Tally {
  /** What was judged: a sentence's subject. */
  of: string
  unreadable: Unreadable[]
  /** Verdicts that people called wrong, where a store was scored. */
  labelled: ScoredExample[]
}

/** True where something was judged, no snooze of it was harmful, and no labelled one would be again. */
export function holds({ judged, harmful, labelled }: Pick<Report, 'judged' | 'harmful' | 'labelled'>): boolean {
  return judged > 0 && harmful.length === 0 && !labelled.some(({ isStillHarmful }) => isStillHarmful)
}

/** The report for people: harmful snoozes first, then the table by reason, then how to read it. */
export function reportText(report: Report): string {
  const { harmful, undecided, unreadable, labelled } = report
  return [
    ...harmfulLines(report),
    '',
    ...tableLines(report),
    '',
    ...listed(
      `Not decidable: ${undecided.length}`,
      undecided.map((one) => `${nameOf(one)}: ${one.comparison.kind === 'undecided' ? one.comparison.why : ''}`),
    ),
    ...listed(
      `Not readable: ${unreadable.length}`,
      unreadable.map(({ id, why }) => `${id}: ${why}`),
    ),
    ...listed(
      `Verdicts that people called wrong: ${labelled.length}`,
      labelled.map(
        ({ caseId, given, right, now, isStillHarmful }) =>
          `${caseId}: gave ${given}, right is ${right}, now ${now ?? 'not known'}${isStillHarmful ? ' (HARMFUL)' : ''}`,
      ),
    ),
    ...readingAid(report),
    harmful.length > 0 ? `\n${harmful.length} harmful.` : '',
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}

function harmfulLines({ harmful, judged, of }: Report): string[] {
  if (judged === 0) return [`None of ${of} could be judged: this proves nothing.`]
  if (harmful.length === 0) return [`No harmful snooze in ${judged} of ${of}.`]
  return [
    `HARMFUL SNOOZES: ${harmful.length} in ${judged} of ${of}`,
    ...harmful.flatMap((one) => {
      const { comparison } = one
      if (comparison.kind !== 'harmful') return []
      const { atMs, untilMs, reason, why } = comparison
      const span = `${new Date(atMs).toISOString()}, for ${formatDuration(untilMs - atMs)}`
      return [
        `  ${nameOf(one)}  ${one.url}`,
        `    snoozed as ${reason} at ${span}`,
        ...why.map((line) => `    ${line}`),
      ]
    }),
  ]
}

function tableLines({ reasons }: Tally): string[] {
  const head = ['reason', 'n', 'agree', 'harmful', 'needless', 'agreement', '95 % interval', 'snoozes harmful, at most']
  const rows = reasons.map((one) => [
    one.reason,
    ...[one.n, one.agree, one.harmful, one.needless].map(String),
    percent(one.agree / one.n),
    intervalOf(one.agreement),
    harmOf(one),
  ])
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)))
  return [head, ...rows].map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

function harmOf({ harm, snoozed }: ReasonTally): string {
  return harm === null ? 'none made' : `${percent(harm.high)} of ${snoozed}`
}

function listed(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  const rest = lines.length > LISTED ? [`  and ${lines.length - LISTED} more (--json has all)`] : []
  return [title, ...lines.slice(0, LISTED).map((line) => `  ${line}`), ...rest, '']
}

/** In plain words what the figures mean and what they do not. */
export function readingAid({ reasons, undecided }: Tally): string[] {
  const few = reasons.filter(({ n }) => n < FEW).map(({ reason, n }) => `${reason} (${n})`)
  return [
    'How to read this',
    '  Harmful: we would have snoozed, and inside that time people did real work (escalated, reassigned, noted, asked for',
    '  help, changed the priority, resolved by hand) or a customer was hit. Needless: we would have rung for what people',
    '  only acknowledged, snoozed or ignored. Agree: both kept quiet, or both needed people.',
    '  The interval: were there many more incidents of this kind, the true share would lie inside it 19 times of 20. The',
    '  last column is the worst share of harmful snoozes that these figures still allow: none seen is not none ever.',
    ...(few.length > 0
      ? [`  Too few to trust (under ${FEW}): ${few.join(', ')}. Their intervals are wide for that reason.`]
      : []),
    `  ${undecided.length} could not be decided and count nowhere. Most often: what etcd held then is not known, unless the`,
    '  record is gone now and the deletion was told before the alert; a message was edited since; a channel is unread.',
    '  Each incident is judged once, at its first verdict: what happens at the end of a snooze is not replayed. Messages',
    '  deleted since are not seen, and replies only where the parent names the cluster. An issue is taken to be opened.',
    '  Incidents are found by their title, and their alerts are those of the first trigger, which is all PagerDuty keeps.',
  ]
}

function nameOf({ number, id }: Judged): string {
  return number === null ? id : `#${number}`
}

function intervalOf({ low, high }: Interval): string {
  return `${percent(low)} to ${percent(high)}`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
