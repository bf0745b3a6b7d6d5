import type { AfterSnooze, CaseFigure } from '../figures/case-figure.ts'
import type { Figures } from '../figures/figures.ts'
import { toInertText } from '../model/outside-text.ts'
import type { SlackBlock } from '../model/plan.ts'
import type { Reason } from '../model/verdict.ts'
import type { DigestDue } from './digest-due.ts'

/** What a digest tells of. */
export interface DigestContent {
  due: DigestDue
  /** Of the digest's week. */
  figures: Figures
  cases: readonly CaseFigure[]
  /** Rules that matched no case for a longer time, and since when (UTC ISO 8601); null where there was no case. */
  unmatched: { reasons: readonly Reason[]; from: string } | null
  /** Address of the dashboard, without a trailing slash, or null. */
  publicUrl: string | null
}

/** Snoozes that the digest lists one by one. */
const SNOOZES_SHOWN = 10

const WHAT_CAME: Readonly<Record<Exclude<AfterSnooze, 'quiet'>, string>> = {
  woken: 'woken before its snooze ended',
  'taken-over': 'a person took it over',
  rang: 'rang after its snooze',
}

/** The weekly message: how the cases went, which snoozes to look at, and what the next rule could be made of. */
export function digestMessage(content: DigestContent): { text: string; blocks: SlackBlock[] } {
  const { due, figures, cases } = content
  const quiet = cases.filter(({ afterSnooze }) => afterSnooze === 'quiet').length
  const would = figures.byResult['would-snooze']
  const headline = `Week ${due.week}: ${count(figures.cases, 'case')}, ${count(quiet, 'page')} avoided${would > 0 ? `, ${would} would have been` : ''}`
  return {
    text: headline,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: headline, emoji: false } },
      section(summary(content, quiet)),
      ...verdicts(figures),
      ...snoozes(content),
      ...unknownTexts(content),
      ...unmatchedRules(content),
    ],
  }
}

function summary({ due, figures, cases }: DigestContent, quiet: number): string {
  const after = (what: AfterSnooze) => cases.filter(({ afterSnooze }) => afterSnooze === what).length
  const { byResult, toAction } = figures
  return [
    `Cases opened from ${utc(due.fromMs)} to ${utc(due.dueMs)}.`,
    ...(figures.isComplete ? [] : [`There were more: only the newest ${figures.cases} are counted.`]),
    `Pages avoided: ${quiet}. Snoozed, but woken early: ${after('woken')}; taken over by a person: ${after('taken-over')}; rang afterwards: ${after('rang')}.`,
    `Left with people: ${byResult['handed-over']}. Ended before a verdict: ${byResult['ended-early']}. Still open: ${byResult.open}.`,
    ...(byResult['would-snooze'] > 0
      ? [`Would have been snoozed, had the mode allowed it: ${byResult['would-snooze']}.`]
      : []),
    ...(toAction ? [`First action: half within ${toAction.median} s, nine of ten within ${toAction.p90} s.`] : []),
  ].join('\n')
}

function verdicts({ byReason, cases }: Figures): SlackBlock[] {
  const counted = Object.entries(byReason).sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
  if (counted.length === 0) return []
  const without = cases - counted.reduce((sum, [, each]) => sum + each, 0)
  const lines = counted.map(([reason, each]) => `${each} × ${reason}`)
  return [section(['Cases per verdict:', ...lines, ...(without > 0 ? [`${without} without one`] : [])].join('\n'))]
}

function snoozes({ cases, publicUrl }: DigestContent): SlackBlock[] {
  const lines = cases.flatMap(({ caseId, reason, afterSnooze }) =>
    afterSnooze === null || afterSnooze === 'quiet'
      ? []
      : [`• ${caseLink(caseId, publicUrl)}, ${reason ?? 'no verdict'}: ${WHAT_CAME[afterSnooze]}`],
  )
  if (lines.length === 0) return []
  const more = lines.length - SNOOZES_SHOWN
  return [
    section('Snoozes that did not hold, to judge whether they were right:'),
    ...lines.slice(0, SNOOZES_SHOWN).map(markup),
    ...(more > 0 ? [section(`and ${more} more`)] : []),
  ]
}

function unknownTexts({ figures, publicUrl }: DigestContent): SlackBlock[] {
  if (figures.unknownTexts.length === 0) return []
  return [
    section('Error texts that no rule knows, by shape: candidates for the next rule.'),
    ...figures.unknownTexts.flatMap(({ shape, cases, example }): SlackBlock[] => [
      // A shape whose words nobody can see leaves nothing, and Slack refuses an empty text.
      preformatted(toInertText(shape, 200) || '(no visible text)'),
      markup(`${count(cases, 'case')}, such as ${caseLink(example, publicUrl)}`),
    ]),
  ]
}

function unmatchedRules({ unmatched }: DigestContent): SlackBlock[] {
  if (!unmatched || unmatched.reasons.length === 0) return []
  const { reasons, from } = unmatched
  return [section(`Rules that matched no case since ${from.slice(0, 10)}: ${reasons.join(', ')}.`)]
}

/** The id of a case is ours, yet escaped like everything that stands in markup. */
function caseLink(caseId: string, publicUrl: string | null): string {
  const name = caseId.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return publicUrl === null ? name : `<${publicUrl}/cases/${encodeURIComponent(caseId)}|${name}>`
}

function count(number: number, what: string): string {
  return `${number} ${number === 1 ? what : `${what}s`}`
}

function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`
}

function section(text: string): SlackBlock {
  return { type: 'section', text: { type: 'plain_text', text, emoji: false } }
}

function markup(text: string): SlackBlock {
  return { type: 'section', text: { type: 'mrkdwn', text } }
}

function preformatted(text: string): SlackBlock {
  return { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }] }
}
