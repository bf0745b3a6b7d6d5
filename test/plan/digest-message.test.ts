import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { AfterSnooze, CaseFigure } from '../../src/figures/case-figure.ts'
import { toFigures } from '../../src/figures/figures.ts'
import { REASONS } from '../../src/model/verdict.ts'
import { type DigestContent, digestMessage } from '../../src/plan/digest-message.ts'
import { NOW_MS } from '../support/builders.ts'
import { hostileText } from './hostile.ts'

const FROM_MS = NOW_MS - 7 * 86_400_000

function aFigure(change: Partial<CaseFigure> = {}): CaseFigure {
  return {
    caseId: 'case-1',
    openedAtMs: NOW_MS - 1,
    reason: 'busy',
    result: 'avoided',
    afterSnooze: 'quiet',
    toActionMs: 1_000,
    unknownShapes: [],
    ...change,
  }
}

function snoozed(afterSnooze: AfterSnooze, caseId: string): CaseFigure {
  return aFigure({ caseId, afterSnooze, result: afterSnooze === 'woken' ? 'woken' : 'avoided' })
}

function digest(cases: CaseFigure[], change: Partial<DigestContent> = {}) {
  return digestMessage({
    due: { week: '2026-W47', fromMs: FROM_MS, dueMs: NOW_MS },
    figures: toFigures(cases, { fromMs: FROM_MS, untilMs: NOW_MS, isComplete: true }),
    cases,
    unmatched: { reasons: ['busy', 'no-error-text'], from: '2026-08-24T12:00:00Z' },
    publicUrl: 'https://responder.example.com',
    ...change,
  })
}

/** Every text of the blocks, with how Slack reads it. */
function textsOf(value: unknown): { type: string; text: string }[] {
  if (typeof value !== 'object' || value === null) return []
  const own =
    'type' in value && 'text' in value && typeof value.type === 'string' && typeof value.text === 'string'
      ? [{ type: value.type, text: value.text }]
      : []
  return [...own, ...Object.values(value).flatMap(textsOf)]
}

function wordsOf(cases: CaseFigure[], change?: Partial<DigestContent>): string {
  return textsOf(digest(cases, change).blocks)
    .map(({ text }) => text)
    .join('\n')
}

describe('the weekly digest', () => {
  test('says its week, how many cases there were, and how many pages were avoided', () => {
    const { text, blocks } = digest([aFigure(), aFigure({ caseId: 'b', result: 'handed-over', afterSnooze: null })])
    expect(text).toBe('Week 2026-W47: 2 cases, 1 page avoided')
    expect(blocks[0]).toMatchObject({ type: 'header', text: { type: 'plain_text', text } })
    expect(wordsOf([])).toContain('Cases opened from 2026-11-15T12:00Z to 2026-11-22T12:00Z.')
  })

  test('counts the cases of each verdict, the most frequent first, and those without one', () => {
    const cases = [
      aFigure(),
      aFigure({ reason: 'no-error-text' }),
      aFigure({ reason: 'no-error-text' }),
      aFigure({ reason: null }),
    ]
    expect(wordsOf(cases)).toContain('Cases per verdict:\n2 × no-error-text\n1 × busy\n1 without one')
  })

  test('counts no page as avoided that a person got after all, and lists each', () => {
    const words = wordsOf([
      snoozed('quiet', 'a'),
      snoozed('woken', 'b'),
      snoozed('taken-over', 'c'),
      snoozed('rang', 'd'),
    ])
    expect(words).toContain(
      'Pages avoided: 1. Snoozed, but woken early: 1; taken over by a person: 1; rang afterwards: 1.',
    )
    expect(words).toContain('• <https://responder.example.com/cases/b|b>, busy: woken before its snooze ended')
    expect(words).toContain('cases/c|c>, busy: a person took it over')
    expect(words).toContain('cases/d|d>, busy: rang after its snooze')
    expect(words).not.toContain('cases/a')
  })

  test('says what would have been snoozed in shadow', () => {
    const cases = [aFigure({ result: 'would-snooze', afterSnooze: null })]
    expect(digest(cases).text).toBe('Week 2026-W47: 1 case, 0 pages avoided, 1 would have been')
    expect(wordsOf(cases)).toContain('had the mode allowed it: 1.')
  })

  test('shows the texts that no rule knows by their shape, with a case of each', () => {
    const cases = ['a', 'b'].map((caseId) => aFigure({ caseId, unknownShapes: ['key <id> is locked'] }))
    const { blocks } = digest(cases)
    expect(textsOf(blocks)).toContainEqual({ type: 'text', text: 'key <id> is locked' })
    expect(wordsOf(cases)).toContain('2 cases, such as <https://responder.example.com/cases/a|a>')
  })

  test('names the rules that matched nothing, since when, and only where there are any', () => {
    expect(wordsOf([])).toContain('Rules that matched no case since 2026-08-24: busy, no-error-text.')
    expect(wordsOf([], { unmatched: { reasons: [], from: '2026-08-24' } })).not.toContain('Rules')
    expect(wordsOf([], { unmatched: null })).not.toContain('Rules')
  })

  test('says where not all cases could be counted', () => {
    const figures = toFigures([aFigure()], { fromMs: FROM_MS, untilMs: NOW_MS, isComplete: false })
    expect(wordsOf([], { figures })).toContain('only the newest 1 are counted')
  })

  test('names cases by their id where the dashboard has no address', () => {
    expect(wordsOf([snoozed('woken', 'b')], { publicUrl: null })).toContain('• b, busy')
  })

  test('whatever came from outside, it keeps the limits of Slack, mentions nobody and links nowhere else', () => {
    const anyCase = fc.record({
      caseId: fc.uuid(),
      openedAtMs: fc.constant(NOW_MS - 1),
      reason: fc.constantFrom(...REASONS, null),
      result: fc.constantFrom('avoided' as const, 'woken' as const, 'open' as const),
      afterSnooze: fc.constantFrom('woken' as const, 'rang' as const, 'quiet' as const, null),
      toActionMs: fc.constant(1_000),
      unknownShapes: fc.array(hostileText, { maxLength: 3 }),
    })
    fc.assert(
      fc.property(fc.array(anyCase, { maxLength: 60 }), (cases) => {
        const { text, blocks } = digest(cases)
        expect(blocks.length).toBeLessThanOrEqual(50)
        for (const one of textsOf(blocks)) {
          expect([...one.text].length).toBeLessThanOrEqual(3_000)
          expect(one.text).not.toBe('')
          expect(one.text).not.toContain('://evil')
        }
        const read = [text, ...textsOf(blocks).flatMap((one) => (one.type === 'mrkdwn' ? [one.text] : []))]
        for (const one of read) expect(one).not.toMatch(/<[!@#]|<https?:\/\/(?!responder\.example\.com\/cases\/)/)
      }),
    )
  })
})
