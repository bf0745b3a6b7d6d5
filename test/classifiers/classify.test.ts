import { describe, expect, test } from '@jest/globals'
import { classify, strictness } from '../../src/classifiers/classify.ts'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import type { Judgement } from '../../src/model/verdict.ts'
import { aMessage, BUSY_TEXT, HOUR_MS, NOW_MS, someFacts } from '../support/builders.ts'
import { ROWS, texts, unavailable } from './classify-cases.ts'

describe('the judgement of an alert', () => {
  test.each(ROWS)('$name', ({ facts, reason, message, seconds, waitsUntilMs }) => {
    const judgement = classify(someFacts(facts), DEFAULT_POLICY)
    expect(judgement.verdict.reason).toBe(reason)
    if (typeof message === 'string') expect(judgement.verdict.message).toBe(message)
    else expect(judgement.verdict.message).toMatch(message)
    expect(snoozeSeconds(judgement)).toBe(seconds)
    expect(judgement.kind === 'waiting' ? judgement.untilMs : undefined).toBe(waitsUntilMs)
  })

  test('a busy verdict draws on the busy budget', () => {
    const { verdict } = classify(someFacts(texts(BUSY_TEXT)), DEFAULT_POLICY)
    expect(verdict.remedy).toEqual({ kind: 'snooze', seconds: 7_200, budget: 'busySnoozes' })
    expect(verdict.classification).toBe('busy-kms')
  })

  test('a verdict says which rows were ruled out before it, and why', () => {
    const { verdict } = classify(someFacts(texts('key is disabled')), DEFAULT_POLICY)
    expect(verdict.ruledOut.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['cluster-unidentified', 'kms-update-failed', 'evidence-unavailable', 'busy']),
    )
    expect(verdict.ruledOut.every(({ why }) => why.length > 0)).toBe(true)
    expect(verdict.ruledOut.map(({ reason }) => reason)).not.toContain(verdict.reason)
  })

  test('a verdict cites what was found, with time and link, and what was found absent, to what time', () => {
    const { verdict } = classify(someFacts(texts(BUSY_TEXT)), DEFAULT_POLICY)
    const cited = verdict.evidence.map(({ source, outcome }) => `${source} ${outcome}`)
    expect(cited).toEqual(expect.arrayContaining(['alert found', 'kp-events-alerts found', 'deploy-failure absent']))
    expect(verdict.evidence.find(({ source }) => source === 'kp-events-alerts')).toMatchObject({
      quote: BUSY_TEXT,
      link: aMessage('').link,
    })
    expect(verdict.evidence.find(({ source }) => source === 'deploy-failure')?.summary).toContain(
      'complete to 2026-11-22T11:59:50.000Z',
    )
  })

  test('an unavailable channel is cited as such, never as absent', () => {
    const facts = someFacts({ masterOperations: unavailable('we are no member') })
    const cited = classify(facts, DEFAULT_POLICY).verdict.evidence.filter(({ source }) => source === 'deploy-failure')
    expect(cited).toMatchObject([{ outcome: 'unavailable', summary: 'we are no member', quote: null }])
  })
})

describe('strictness', () => {
  test('a person goes before a wait, a wait before a snooze, a short snooze before a long one', () => {
    const human = classify(someFacts(), DEFAULT_POLICY)
    const wait = classify(someFacts({ waitUntilMs: NOW_MS + 1 }), DEFAULT_POLICY)
    const short = classify(someFacts(texts(BUSY_TEXT)), DEFAULT_POLICY)
    const longer = { ...DEFAULT_POLICY, snooze: { ...DEFAULT_POLICY.snooze, busy: 12 * HOUR_MS } }
    const long = classify(someFacts(texts(BUSY_TEXT)), longer)
    const order = [human, wait, short, long].map(strictness)
    expect(order).toEqual(order.toSorted((a, b) => b - a))
    expect(new Set(order).size).toBe(4)
  })
})

function snoozeSeconds({ kind, verdict }: Judgement): number | undefined {
  return kind === 'verdict' && verdict.remedy.kind !== 'human' ? verdict.remedy.seconds : undefined
}
