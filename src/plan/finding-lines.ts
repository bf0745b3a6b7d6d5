import type { CaseAlert } from '../model/case.ts'
import { type Finding, SOURCE_NAMES } from '../model/finding.ts'
import { toInertText } from '../model/outside-text.ts'
import type { Step } from '../model/step.ts'
import { toLine } from '../runbook/next-steps.ts'
import { linesOf, type Need, type NoteLine } from './note-line.ts'

const SUMMARY_LIMIT = 250
const LINE_LIMIT = 250
const QUOTE_LIMIT = 300
const STEP_LIMIT = 600
const CALL_LIMIT = 300
/** Quotes of one source that a note takes. */
const QUOTES = 2

/** What further sources say of an alert, for a note. */
export interface FindingLines {
  /** What was found, with the words and steps that a person needs; it stands with the verdict. */
  main: NoteLine[]
  /** What proves little, and the rest of what was found. */
  background: NoteLine[]
  /** Sources that were asked in vain and why, a few words each. */
  notChecked: string[]
}

/** The lines of a note about what further sources say, the most useful first. `acting` is how much is needed what a person acts on. */
export function findingLines({ findings }: Pick<CaseAlert, 'findings'>, acting: Need): FindingLines {
  const entries = findings?.entries ?? []
  const told = entries
    .filter(isTold)
    // What asks something of a person stands before what only tells, and a sentence before long quotes.
    .sort((a, b) => rank(a) - rank(b))
  return {
    main: [...told.flatMap((finding) => firstLines(finding, acting)), ...linesOf('more', told.flatMap(moreLines))],
    background: linesOf('more', [
      ...entries
        .filter(({ outcome }) => outcome === 'weak')
        .flatMap((finding) => [summaryLine(finding), ...restLines(finding)]),
      ...told.flatMap(restOfTold),
    ]),
    notChecked: entries
      .filter(({ outcome }) => outcome === 'unavailable')
      .map(({ source, summary }) => `${SOURCE_NAMES[source]} (${toInertText(summary, 120)})`),
  }
}

/** Findings that the message in Slack names, and the length of each. */
const SLACK_LINES = 2
const SLACK_LIMIT = 400

/** The one or two findings that a person acts on, a line each: what asks something of them first. What tells no more than the alert does is left out. */
export function slackLines({ findings }: Pick<CaseAlert, 'findings'>): string[] {
  return (findings?.entries ?? [])
    .filter(isTold)
    .filter(({ steps, lines, quotes }) => steps.length + lines.length + quotes.length > 0)
    .sort((a, b) => slackRank(a) - slackRank(b))
    .slice(0, SLACK_LINES)
    .map(({ source, outcome, summary, lines, quotes }) => {
      const [first] = outcome === 'absent' ? [] : [...lines, ...quotes.map((quote) => `"${quote}"`)]
      return toInertText(`${SOURCE_NAMES[source]}: ${[summary, ...(first ? [first] : [])].join('; ')}`, SLACK_LIMIT)
    })
}

/** What asks something of a person, then an error's own words. */
function slackRank({ steps, quotes }: Finding): number {
  if (steps.length > 0) return 0
  return quotes.length > 0 ? 1 : 2
}

function isTold({ outcome }: Finding): boolean {
  return outcome === 'found' || outcome === 'absent'
}

/** How many of a source's further lines stand with the verdict. */
const LINES = 4

function rank({ steps, quotes }: Finding): number {
  if (steps.length > 0) return 0
  return quotes.length === 0 ? 1 : 2
}

/** What a person needs of one source; what is absent its summary tells. */
function firstLines(finding: Finding, acting: Need): NoteLine[] {
  return [
    // That it fails now the alert says already.
    ...linesOf(finding.source === 'prometheus' && finding.lines.length === 0 ? 'known' : 'act', [
      summaryLine(finding),
      ...finding.lines.slice(0, firstCount(finding)).map(toLineOfNote),
      ...finding.quotes.slice(0, 1).map(toQuoteOfNote),
    ]),
    ...linesOf(acting, finding.steps.map(toStepOfNote)),
  ]
}

/** A call that is too long for a note is left to the case page, which has it to be copied; half of it would be none. */
function toStepOfNote(step: Step): string {
  const line = toLine(step)
  const isWhole = step.commands.length === 0 || line.length <= CALL_LIMIT
  return `Next: ${(isWhole ? line : `${step.text}: the call is on the case page`).slice(0, STEP_LIMIT)}`
}

function moreLines(finding: Finding): string[] {
  return [
    ...finding.lines.slice(firstCount(finding), LINES).map(toLineOfNote),
    ...finding.quotes.slice(1, QUOTES).map(toQuoteOfNote),
  ]
}

function firstCount({ outcome, steps }: Finding): number {
  return outcome === 'absent' || steps.length === 0 ? 0 : 1
}

/** Key CRNs are long, and are told beside it. */
function toQuoteOfNote(quote: string): string {
  return `"${toInertText(quote.replace(/\bcrn:v1:[^\s"',<>]+/g, 'crn:…'), QUOTE_LIMIT)}"`
}

function restOfTold(finding: Finding): string[] {
  return finding.lines.slice(LINES).map(toLineOfNote)
}

function restLines({ lines }: Finding): string[] {
  return lines.slice(0, LINES).map(toLineOfNote)
}

function summaryLine({ source, summary }: Finding): string {
  return `${SOURCE_NAMES[source]}: ${toInertText(summary, SUMMARY_LIMIT)}`
}

function toLineOfNote(line: string): string {
  return `- ${toInertText(line, LINE_LIMIT)}`
}
