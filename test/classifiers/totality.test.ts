import { describe, expect, test } from '@jest/globals'
import { CHAIN } from '../../src/classifiers/chain.ts'
import { classify } from '../../src/classifiers/classify.ts'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import type { Pattern } from '../../src/model/pattern.ts'
import { type Judgement, REASONS } from '../../src/model/verdict.ts'
import { type Combination, combinations } from './fact-space.ts'
import { expected, ORACLE } from './table-oracle.ts'

/** The policy with patterns that remember their answers: the same few texts are judged many thousand times. */
const POLICY = { ...DEFAULT_POLICY, patterns: remembering(DEFAULT_POLICY.patterns) }

describe.each([
  { space: 'single' as const, about: 'one error text or none', size: 4 * 32 * 8 * 5 * 8 * 2 * 2 },
  { space: 'pairs' as const, about: 'two error texts', size: 45 * 8 * 5 * 8 * 2 * 2 },
])('every combination of facts with $about', ({ space, size }) => {
  const found = survey(space)

  test('is enumerated', () => expect(found.count).toBe(size))

  test('has the row that PRODUCT.md gives it', () => expect(found.otherThanExpected.slice(0, 3)).toEqual([]))

  test('has exactly one row: every row before it is ruled out with a reason, no row after it is asked', () =>
    expect(found.notOneRow.slice(0, 3)).toEqual([]))

  test('reaches no snooze and no issue on an answer that is unavailable', () => {
    expect(found.quieted).toBeGreaterThan(0)
    expect(found.quietedOnNothing.slice(0, 3)).toEqual([])
  })
})

test('every reason of the table is reached by some combination, and the restated table names them all', () => {
  expect([...survey('single').reasons].toSorted()).toEqual([...REASONS].toSorted())
  expect(new Set(ORACLE.map(({ reason }) => reason))).toEqual(new Set(REASONS))
})

/** One pass over a whole space: what is wrong in it, in each of the ways that it can be. */
function survey(space: 'single' | 'pairs') {
  const found = {
    count: 0,
    quieted: 0,
    reasons: new Set<string>(),
    otherThanExpected: [] as object[],
    notOneRow: [] as object[],
    quietedOnNothing: [] as object[],
  }
  for (const given of combinations(space)) {
    const judgement = classify(given.facts, POLICY)
    const { facts: _judged, ...words } = given
    const is = said(judgement)
    found.count += 1
    found.reasons.add(judgement.verdict.reason)
    if (is !== expected(given)) found.otherThanExpected.push({ ...words, is, shouldBe: expected(given) })
    if (!isOneRow(judgement)) found.notOneRow.push({ ...words, is })
    if (!isQuieted(judgement)) continue
    found.quieted += 1
    if (restsOnNothing(given, judgement)) found.quietedOnNothing.push({ ...words, is })
  }
  return found
}

/** The reasons ruled out are the table's rows up to the one that holds, each with its why. */
function isOneRow({ verdict }: Judgement): boolean {
  const rows = CHAIN.map(({ reason }) => reason)
  const isPrefix = verdict.ruledOut.every(({ reason, why }, at) => reason === rows[at] && why !== '')
  return isPrefix && rows[verdict.ruledOut.length] === verdict.reason
}

/** A judgement in the words of the restated table. */
function said(judgement: Judgement): string {
  const { reason, remedy } = judgement.verdict
  if (judgement.kind === 'waiting') return `${reason}: ${judgement.awaited}`
  if (remedy.kind === 'human') return `${reason}: a person`
  const snooze = `snooze ${remedy.seconds / 3_600} h`
  return `${reason}: ${remedy.kind === 'snooze' ? snooze : `${snooze} after an issue`}`
}

function isQuieted({ kind, verdict }: Judgement): boolean {
  return kind === 'verdict' && verdict.remedy.kind !== 'human'
}

/** Looked at in the facts themselves: a channel or etcd that the verdict needs did not answer for the whole window. */
function restsOnNothing({ facts }: Combination, { verdict }: Judgement): boolean {
  const needed = [facts.errorTexts.outcome, facts.masterOperations.outcome]
  if (verdict.remedy.kind === 'issue-then-snooze')
    needed.push(facts.deletions?.outcome ?? 'unavailable', facts.etcd?.outcome === 'absent' ? 'absent' : 'unavailable')
  return facts.identity.kind === 'unidentified' || needed.includes('unavailable')
}

function remembering(patterns: typeof DEFAULT_POLICY.patterns): typeof DEFAULT_POLICY.patterns {
  const remember = (pattern: Pattern): Pattern => {
    const answers = new Map<string, boolean>()
    return {
      ...pattern,
      isIn(text) {
        const known = answers.get(text) ?? pattern.isIn(text)
        answers.set(text, known)
        return known
      },
    }
  }
  return { ...patterns, ...Object.fromEntries(Object.entries(patterns).map(([name, one]) => [name, remember(one)])) }
}
