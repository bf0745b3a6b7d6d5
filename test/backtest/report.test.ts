import { describe, expect, test } from '@jest/globals'
import type { Comparison } from '../../src/backtest/compare.ts'
import { holds, type Report, reportText } from '../../src/backtest/report.ts'
import { type Judged, tally } from '../../src/backtest/tally.ts'
import { HOUR_MS, NOW_MS } from '../support/builders.ts'

function aReport(comparisons: Comparison[], change: Partial<Report> = {}): Report {
  const judged: Judged[] = comparisons.map((comparison, index) => ({
    id: `Q${index}`,
    number: index + 1,
    url: `https://acme.pagerduty.com/incidents/Q${index}`,
    title: 'KP events fail',
    comparison,
  }))
  return { of: 'past incidents', ...tally(judged), unreadable: [], labelled: [], ...change }
}

const AGREE: Comparison = { kind: 'agree', reason: 'busy', ours: 'snooze' }
const UNDECIDED: Comparison = { kind: 'undecided', why: 'what etcd held at that time is not known' }
const HARMFUL: Comparison = {
  kind: 'harmful',
  reason: 'busy',
  atMs: NOW_MS,
  untilMs: NOW_MS + 2 * HOUR_MS,
  why: ['Ada escalated it at 2026-11-22T12:30:00.000Z'],
}
const EXAMPLE = { caseId: 'c-1', given: 'busy', right: 'no-error-text', now: 'busy', isStillHarmful: true }

describe('the report', () => {
  test('begins with the harmful snoozes, and tells the table and how to read it after them', () => {
    const lines = reportText(aReport([AGREE, HARMFUL, UNDECIDED])).split('\n')
    expect(lines.slice(0, 4)).toEqual([
      'HARMFUL SNOOZES: 1 in 2 of past incidents',
      '  #2  https://acme.pagerduty.com/incidents/Q1',
      '    snoozed as busy at 2026-11-22T12:00:00.000Z, for 2 h',
      '    Ada escalated it at 2026-11-22T12:30:00.000Z',
    ])
    const row = lines.find((line) => line.startsWith('busy '))
    expect(row?.split(/\s{2,}/)).toEqual(['busy', '2', '1', '1', '0', '50 %', '9 % to 91 %', '91 % of 2'])
    expect(lines).toContain('Not decidable: 1')
    expect(lines).toContain('  #3: what etcd held at that time is not known')
    expect(lines.indexOf('How to read this')).toBeGreaterThan(lines.indexOf(row ?? ''))
    expect(lines.join('\n')).toContain('Too few to trust (under 20): busy (2)')
  })

  test('does not call enough incidents too few', () => {
    const text = reportText(aReport(Array.from({ length: 20 }, () => AGREE)))
    expect(text).toMatch(/^No harmful snooze in 20 of past incidents/)
    expect(text).not.toContain('Too few')
  })

  test('shortens a long list, and says that it did', () => {
    const text = reportText(aReport(Array.from({ length: 25 }, () => UNDECIDED)))
    expect(text).toMatch(/^None of past incidents could be judged: this proves nothing/)
    expect(text).toContain('and 5 more')
  })

  test.each<[string, Report, boolean]>([
    ['agreement', aReport([AGREE]), true],
    ['a harmful snooze', aReport([AGREE, HARMFUL]), false],
    ['nothing judged', aReport([UNDECIDED]), false],
    ['a labelled verdict that would be as wrong again', aReport([AGREE], { labelled: [EXAMPLE] }), false],
    [
      'a labelled verdict that is mended',
      aReport([AGREE], { labelled: [{ ...EXAMPLE, now: 'no-error-text', isStillHarmful: false }] }),
      true,
    ],
  ])('of %s holds or not', (_title, report, expected) => {
    expect(holds(report)).toBe(expected)
  })
})
