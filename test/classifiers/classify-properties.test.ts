import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CHAIN } from '../../src/classifiers/chain.ts'
import { classify } from '../../src/classifiers/classify.ts'
import type { AlertFacts } from '../../src/classifiers/facts.ts'
import { standingFailure } from '../../src/classifiers/kms-update-failed.ts'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import type { ChannelFacts, MessageFact } from '../../src/model/evidence.ts'
import { identifyCluster } from '../../src/model/identity.ts'
import { type Judgement, REASONS } from '../../src/model/verdict.ts'
import { aChannel, aMessage, BUSY_TEXT, CRN, crnOf, HOUR_MS, NOW_MS, someFacts } from '../support/builders.ts'

const RUNS = { numRuns: 500 }

const words = fc.oneof(
  fc.constantFrom(
    BUSY_TEXT,
    'Error finding ETCD info for the cluster',
    'check cluster state failed',
    'check key in use',
    'get key info from ghost',
    'kms_update failed',
    'KMS update succeeded',
    'kms_update',
    'patch_update failed',
    'cluster deletion completed',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 200 }),
)
const message = fc
  .record({ text: words, isListed: fc.boolean(), isAboutMore: fc.boolean(), ageMs: fc.integer({ min: 0, max: 40 * 24 * HOUR_MS }) })
  .map(({ text, isListed, isAboutMore, ageMs }) => aMessage(text, { isListed, isAboutMore, atMs: NOW_MS - ageMs }))
const messages = fc.array(message, { maxLength: 6 }).map((all) => all.toSorted((a, b) => a.atMs - b.atMs))
const channel: fc.Arbitrary<ChannelFacts> = fc.oneof(
  messages.map((all) => aChannel(all)),
  fc
    .record({ messages, isCatchingUp: fc.boolean(), why: fc.option(fc.string()) })
    .map(({ messages: all, ...how }) => aChannel(all, { outcome: 'unavailable', completeToMs: null, ...how })),
)
const identity = fc.constantFrom<AlertFacts['identity']>(
  identifyCluster({ labels: { CRN }, annotations: {} }),
  identifyCluster({ labels: { CRN: crnOf('c0ffee00000000000001', 'eu-fr2') }, annotations: {} }),
  { kind: 'unidentified', why: 'no-crn', seen: [] },
  { kind: 'unidentified', why: 'damaged-crn', seen: ['crn:'] },
  { kind: 'unidentified', why: 'contradiction', seen: ['a', 'b'] },
)
const time = fc.oneof(
  fc.integer({ min: NOW_MS - HOUR_MS, max: NOW_MS + HOUR_MS }),
  // Inside the migration window, where other rows hold.
  fc.integer({ min: Date.parse('2024-08-31'), max: Date.parse('2024-11-02') }),
)
const facts: fc.Arbitrary<AlertFacts> = fc
  .record({
    identity,
    startsAtMs: time,
    waitFromMs: time,
    waitUntilMs: fc.option(time),
    catchUpUntilMs: time,
    errorTexts: channel,
    masterOperations: channel,
  })
  .map(someFacts)

describe('for any facts at all', () => {
  test('the table gives exactly one known reason and never throws', () => {
    const rowReasons = new Set(CHAIN.map(({ reason }) => reason))
    fc.assert(
      fc.property(facts, (given) => {
        const { verdict } = classify(given, DEFAULT_POLICY)
        expect(REASONS).toContain(verdict.reason)
        expect(verdict.message).not.toBe('')
        expect(verdict.ruledOut.map(({ reason }) => reason)).not.toContain(verdict.reason)
        expect(rowReasons.size).toBeGreaterThan(0)
      }),
      RUNS,
    )
  })

  test('the same facts give the same judgement', () => {
    fc.assert(
      fc.property(facts, (given) => {
        expect(classify(structuredClone(given), DEFAULT_POLICY)).toEqual(classify(given, DEFAULT_POLICY))
      }),
      RUNS,
    )
  })

  test('no snooze rests on a channel that could not be read', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const isUnread = [given.errorTexts, given.masterOperations].some(({ outcome }) => outcome === 'unavailable')
        fc.pre(isUnread)
        expect(isSnooze(classify(given, DEFAULT_POLICY))).toBe(false)
      }),
      RUNS,
    )
  })

  test('no snooze is given to an alert whose cluster is not known', () => {
    fc.assert(
      fc.property(facts, (given) => {
        fc.pre(given.identity.kind === 'unidentified')
        expect(isSnooze(classify(given, DEFAULT_POLICY))).toBe(false)
      }),
      RUNS,
    )
  })

  test('a standing kms_update failure never reaches a snooze', () => {
    fc.assert(
      fc.property(facts, messages, (given, later) => {
        const failure = aMessage('kms_update failed', { isListed: false, atMs: NOW_MS })
        const all = [...given.masterOperations.messages, ...later, failure].toSorted((a, b) => a.atMs - b.atMs)
        const failing = { ...given, masterOperations: { ...given.masterOperations, messages: all } }
        expect(standingFailure(all, DEFAULT_POLICY)).not.toBeNull()
        expect(isSnooze(classify(failing, DEFAULT_POLICY))).toBe(false)
      }),
      RUNS,
    )
  })

  test("an unlisted author's message never turns another verdict into a snooze", () => {
    fc.assert(
      fc.property(facts, message, message, (given, one, other) => {
        fc.pre(!isSnooze(classify(given, DEFAULT_POLICY)))
        const more = {
          ...given,
          errorTexts: withMessage(given.errorTexts, { ...one, isListed: false }),
          masterOperations: withMessage(given.masterOperations, { ...other, isListed: false }),
        }
        expect(isSnooze(classify(more, DEFAULT_POLICY))).toBe(false)
      }),
      RUNS,
    )
  })

  test('one more error text never makes a snooze out of a page for a person, nor a snooze longer', () => {
    const busyFacts = fc.record({ given: facts, busyText: fc.boolean() }).map(({ given, busyText }) => ({
      ...given,
      errorTexts: busyText ? aChannel([aMessage(BUSY_TEXT)]) : given.errorTexts,
    }))
    fc.assert(
      fc.property(busyFacts, message, (given, one) => {
        const before = classify(given, DEFAULT_POLICY)
        fc.pre(given.errorTexts.messages.some(({ isListed }) => isListed))
        const after = classify({ ...given, errorTexts: withMessage(given.errorTexts, one) }, DEFAULT_POLICY)
        expect(seconds(after)).toBeLessThanOrEqual(seconds(before))
      }),
      RUNS,
    )
  })
})

function withMessage(known: ChannelFacts, one: MessageFact): ChannelFacts {
  const all = [...known.messages, one].toSorted((a, b) => a.atMs - b.atMs)
  return { ...known, outcome: known.outcome === 'absent' ? 'found' : known.outcome, messages: all }
}

function isSnooze(judgement: Judgement): boolean {
  return seconds(judgement) > 0
}

/** How long the judgement quiets the page: 0 where it does not. */
function seconds({ kind, verdict }: Judgement): number {
  return kind === 'verdict' && verdict.remedy.kind !== 'human' ? verdict.remedy.seconds : 0
}
