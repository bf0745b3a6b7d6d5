import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { classify } from '../../src/classifiers/classify.ts'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import type { ChannelFacts, MessageFact } from '../../src/model/evidence.ts'
import type { AlertFacts } from '../../src/model/facts.ts'
import { identifyCluster } from '../../src/model/identity.ts'
import { type Judgement, REASONS } from '../../src/model/verdict.ts'
import {
  aChannel,
  aMessage,
  aMigration,
  anEtcdAnswer,
  BUSY_TEXT,
  CRN,
  crnOf,
  HOUR_MS,
  NOW_MS,
  someFacts,
} from '../support/builders.ts'

const RUNS = { numRuns: 1_000 }

const words = fc.oneof(
  fc.constantFrom(
    BUSY_TEXT,
    `cluster x: ${BUSY_TEXT}`,
    'Error finding ETCD info for the cluster',
    'check cluster state failed',
    'check key in use',
    'get key info from ghost',
    'kms_update failed',
    'KMS update succeeded',
    'kms_update',
    'patch_update failed',
    'cluster deleted',
    'deletion failed',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 200 }),
)
const message = fc
  .record({
    text: words,
    isListed: fc.boolean(),
    isAboutMore: fc.boolean(),
    ageMs: fc.integer({ min: 0, max: 40 * 24 * HOUR_MS }),
  })
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
const time = fc.integer({ min: NOW_MS - HOUR_MS, max: NOW_MS + HOUR_MS })

/** Mostly what a snooze needs, so that the rules which forbid one are really met. */
function mostly<T>(usual: T, others: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: others })
}

const snoozable = fc.constantFrom(BUSY_TEXT, 'Error finding ETCD info').map((text) => aChannel([aMessage(text)]))
const facts: fc.Arbitrary<AlertFacts> = fc
  .record({
    identity: mostly(identifyCluster({ labels: { CRN }, annotations: {} }), identity),
    startsAtMs: time,
    waitFromMs: time,
    waitUntilMs: fc.option(time),
    catchUpUntilMs: time,
    errorTexts: fc.oneof(snoozable, channel),
    masterOperations: mostly(aChannel(), channel),
    deletions: mostly(aChannel([aMessage('cluster deleted')]), fc.option(channel)),
    etcd: mostly(
      anEtcdAnswer(),
      fc.option(
        fc.constantFrom('present', 'absent', 'unavailable', 'not-trusted').map((outcome) => anEtcdAnswer({ outcome })),
      ),
    ),
    migration: fc.constantFrom(null, aMigration()),
  })
  .map(someFacts)

describe('for any facts at all', () => {
  test('the table gives exactly one known reason and never throws', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { verdict } = classify(given, DEFAULT_POLICY)
        expect(REASONS).toContain(verdict.reason)
        expect(verdict.message).not.toBe('')
        expect(verdict.ruledOut.map(({ reason }) => reason)).not.toContain(verdict.reason)
      }),
      RUNS,
    )
  })

  test('some of them do give a snooze, so that the next properties say something', () => {
    const judged = fc.sample(facts, 300).map((given) => classify(given, DEFAULT_POLICY))
    const reasons = new Set(judged.filter(isSnooze).map(({ verdict }) => verdict.reason))
    expect([...reasons].sort()).toEqual(['busy', 'migration-blocked', 'orphaned-key-registration'])
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
        const judgement = classify(given, DEFAULT_POLICY)
        if (!isSnooze(judgement)) return
        const needed = [given.errorTexts, given.masterOperations]
        if (judgement.verdict.reason === 'orphaned-key-registration') {
          expect(given.etcd?.outcome).toBe('absent')
          expect(given.deletions).not.toBeNull()
          if (given.deletions) needed.push(given.deletions)
        }
        expect(needed.map(({ outcome }) => outcome)).not.toContain('unavailable')
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

  test('a standing kms_update failure never reaches a snooze, unless the cluster was deleted after it', () => {
    fc.assert(
      fc.property(facts, messages, (given, later) => {
        const failure = aMessage('kms_update failed', { isListed: false, atMs: NOW_MS })
        const all = [...given.masterOperations.messages, ...later, failure].toSorted((a, b) => a.atMs - b.atMs)
        const failing = { ...given, masterOperations: { ...given.masterOperations, messages: all } }
        const judgement = classify(failing, DEFAULT_POLICY)
        const isDeleted = failing.deletions?.messages.some(({ atMs }) => atMs > failure.atMs) ?? false
        expect(isSnooze(judgement) && !isDeleted).toBe(false)
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
          deletions:
            given.deletions &&
            withMessage(given.deletions, {
              ...one,
              text: 'cluster deleted',
              ownText: 'cluster deleted',
              isListed: false,
            }),
        }
        expect(isSnooze(classify(more, DEFAULT_POLICY))).toBe(false)
      }),
      RUNS,
    )
  })

  test('one more error text never makes a snooze out of a page for a person, nor a snooze longer', () => {
    fc.assert(
      fc.property(facts, message, (given, one) => {
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
