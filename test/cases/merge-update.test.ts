import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { mergeUpdate } from '../../src/cases/merge-update.ts'
import type { GroupUpdate, ReceivedAlert } from '../../src/model/alert.ts'
import type { Case } from '../../src/model/case.ts'
import { dedupKeyOf } from '../../src/model/identity.ts'
import { anUpdate, aReceivedAlert, busyJudgement, GROUP_KEY, MINUTE_MS, NOW_MS } from '../support/builders.ts'

const MERGE_WINDOW_MS = 10 * MINUTE_MS

function firing(fingerprint: string, change: Partial<ReceivedAlert> = {}): ReceivedAlert {
  return aReceivedAlert({ fingerprint, ...change })
}

function resolved(fingerprint: string, change: Partial<ReceivedAlert> = {}): ReceivedAlert {
  return aReceivedAlert({ fingerprint, status: 'resolved', endsAtMs: NOW_MS, ...change })
}

function merge(latest: Case | null, update: Partial<GroupUpdate>, receivedAtMs = NOW_MS): Case | null {
  return mergeUpdate(latest, anUpdate(update), { receivedAtMs, mergeWindowMs: MERGE_WINDOW_MS })
}

/** The case after these messages, one a second. */
function caseAfter(messages: ReceivedAlert[][], latest: Case | null = null): Case {
  const last = messages.reduce<Case | null>(
    (known, alerts, at) => merge(known, { alerts }, NOW_MS + at * 1_000) ?? known,
    latest,
  )
  if (!last) throw new Error('the messages opened no case')
  return last
}

function statuses(subject: Case): Record<string, string> {
  return Object.fromEntries(subject.alerts.map(({ fingerprint, status }) => [fingerprint, status]))
}

describe('a first message', () => {
  test('that fires opens the first episode under the dedup key of PagerDuty', () => {
    expect(merge(null, {})).toMatchObject({
      dedupKey: dedupKeyOf(GROUP_KEY),
      episode: 1,
      version: 0,
      state: 'gathering',
      openedAtMs: NOW_MS,
      isUnconfirmed: false,
      flaps: 0,
      alerts: [{ status: 'firing', firstReceivedAtMs: NOW_MS, judgement: null }],
      timeline: [{ what: 'firing', actor: 'alertmanager' }],
    })
  })

  test('that resolves tells of nothing that needs a case', () => {
    expect(merge(null, { alerts: [resolved('a')] })).toBeNull()
  })

  test('without an alert tells of nothing that needs a case', () => {
    expect(merge(null, { alerts: [] })).toBeNull()
  })

  test('with firing and resolved alerts holds those that fire', () => {
    expect(statuses(caseAfter([[firing('a'), resolved('b')]]))).toEqual({ a: 'firing' })
  })
})

describe('a later message', () => {
  test('of a second sender that knows another part of the group is joined to the first', () => {
    expect(
      statuses(
        caseAfter([
          [firing('a'), firing('b')],
          [firing('b'), firing('c')],
        ]),
      ),
    ).toEqual({
      a: 'firing',
      b: 'firing',
      c: 'firing',
    })
  })

  test('that says the same changes nothing but the time of the last receipt', () => {
    const once = caseAfter([[firing('a')]])
    const judged = { ...once, alerts: once.alerts.map((alert) => ({ ...alert, judgement: busyJudgement() })) }
    const twice = caseAfter([[firing('a')]], judged)
    expect({ ...twice, alerts: [] }).toEqual({ ...judged, alerts: [] })
    expect(twice.alerts).toMatchObject([{ firstReceivedAtMs: NOW_MS, judgement: busyJudgement() }])
  })

  test('that resolves one of two leaves the case open', () => {
    const subject = caseAfter([[firing('a'), firing('b')], [resolved('a')]])
    expect(subject.state).toBe('gathering')
    expect(statuses(subject)).toEqual({ a: 'resolved', b: 'firing' })
  })

  test('that comes late, of a firing before this one, neither ends this one nor widens its window', () => {
    const again = firing('a', { startsAtMs: NOW_MS })
    const early = { startsAtMs: NOW_MS - 60 * MINUTE_MS }
    const late = [resolved('a', { ...early, endsAtMs: NOW_MS - MINUTE_MS })]
    expect(caseAfter([[again], late])).toMatchObject({ state: 'gathering', alerts: [{ status: 'firing' }] })
    expect(caseAfter([[again], [firing('a', early)]]).alerts[0]?.startsAtMs).toBe(NOW_MS)
  })

  test('that resolves the last one closes the case', () => {
    const subject = caseAfter([[firing('a'), firing('b')], [resolved('a')], [resolved('b')]])
    expect(subject).toMatchObject({ state: 'resolved', resolvedAtMs: NOW_MS + 2_000, nextLookMs: null })
    expect(subject.endedAs).toBe('gathering')
    expect(subject.timeline.at(-1)).toMatchObject({ what: 'resolved' })
  })

  test('that resolves all but left alerts out closes nothing', () => {
    const subject = merge(caseAfter([[firing('a')]]), { alerts: [resolved('a')], truncatedAlerts: 2 })
    expect(subject).toMatchObject({ state: 'gathering', truncatedAlerts: 2, resolvedAtMs: null })
  })

  test('with an alert that fires anew inside an open case forgets its judgement and starts its wait', () => {
    const subject = caseAfter([[firing('a'), firing('b')], [resolved('a')], [firing('a', { startsAtMs: NOW_MS })]])
    expect(subject.alerts[0]).toMatchObject({ status: 'firing', firstReceivedAtMs: NOW_MS + 2_000, judgement: null })
  })
})

describe('a firing after the end', () => {
  const closed = caseAfter([[firing('a')], [resolved('a')]])
  const endMs = closed.resolvedAtMs ?? 0
  const again = { alerts: [firing('a', { startsAtMs: endMs + 1 })] }

  test('inside the merge window re-opens the case and counts the flap', () => {
    expect(merge(closed, again, endMs + MERGE_WINDOW_MS)).toMatchObject({
      id: closed.id,
      episode: 1,
      state: 'gathering',
      flaps: 1,
      resolvedAtMs: null,
      isUnconfirmed: false,
      snooze: null,
      takenOver: null,
    })
  })

  test('re-opened keeps its message in Slack and its history', () => {
    const told = { ...closed, slack: { channel: 'C1', ts: '1.0', contentKey: 'k' } }
    const subject = merge(told, again, endMs + 1)
    expect(subject?.slack).toEqual(told.slack)
    expect(subject?.timeline.map(({ what }) => what)).toEqual(['firing', 'resolved', 'firing again (1)'])
  })

  test('later opens a new episode of its own', () => {
    const subject = merge(closed, again, endMs + MERGE_WINDOW_MS + 1)
    expect(subject).toMatchObject({ episode: 2, version: 0, flaps: 0, isUnconfirmed: false, state: 'gathering' })
    expect(subject?.id).not.toBe(closed.id)
  })

  test.each([
    ['inside the merge window', 1],
    ['later', MERGE_WINDOW_MS + 1],
  ])('%s with the start that was seen resolved is a replay until an incident confirms it', (_name, afterMs) => {
    expect(merge(closed, { alerts: [firing('a')] }, endMs + afterMs)).toMatchObject({ isUnconfirmed: true })
  })

  test('is no replay where one of its alerts is new', () => {
    expect(merge(closed, { alerts: [firing('a'), firing('new')] }, endMs + 1)).toMatchObject({ isUnconfirmed: false })
  })

  test('a late resolve after the end opens nothing', () => {
    expect(merge(closed, { alerts: [resolved('a')] }, endMs + MERGE_WINDOW_MS + 1)).toBeNull()
    expect(merge(closed, { alerts: [resolved('a')] }, endMs + 1)?.state).toBe('resolved')
  })
})

describe('messages in any order and number', () => {
  const names = ['a', 'b', 'c', 'd']
  const someAlerts = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 })

  test('firing messages of several senders always end in the union of what they told', () => {
    fc.assert(
      fc.property(fc.array(someAlerts, { minLength: 1, maxLength: 8 }), (parts) => {
        const subject = caseAfter(parts.map((part) => part.map((name) => firing(name))))
        expect(Object.keys(statuses(subject)).sort()).toEqual([...new Set(parts.flat())].sort())
        expect(subject).toMatchObject({ episode: 1, flaps: 0, state: 'gathering' })
      }),
    )
  })

  test('any order and repetition of firing messages ends in the same alerts', () => {
    const shuffled = fc
      .array(someAlerts, { minLength: 1, maxLength: 5 })
      .chain((parts) =>
        fc.tuple(fc.constant(parts), fc.shuffledSubarray([...parts, ...parts], { minLength: parts.length })),
      )
    fc.assert(
      fc.property(shuffled, ([parts, mixed]) => {
        const all = caseAfter([...parts, ...mixed].map((part) => part.map((name) => firing(name))))
        const once = caseAfter(parts.map((part) => part.map((name) => firing(name))))
        expect(statuses(all)).toEqual(statuses(once))
      }),
    )
  })

  test('repeating the last message never changes the state, the episode or the statuses', () => {
    const message = someAlerts.chain((some) =>
      fc.tuple(...some.map((name) => fc.boolean().map((isFiring) => (isFiring ? firing(name) : resolved(name))))),
    )
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 8 }), (messages) => {
        const all = [[firing('a')], ...messages]
        const once = caseAfter(all)
        const twice = caseAfter([...all, all.at(-1) ?? []])
        // A message of a replayed firing re-opens what it closed: that is told as unconfirmed, not lost.
        if (twice.flaps > once.flaps) expect(twice.isUnconfirmed).toBe(true)
        else expect({ state: twice.state, ...statuses(twice) }).toEqual({ state: once.state, ...statuses(once) })
        expect(twice.episode).toBe(once.episode)
      }),
    )
  })

  test('an alert that fires in the last message told of it is never lost', () => {
    const step = fc.record({
      name: fc.constantFrom(...names),
      isFiring: fc.boolean(),
      waitMs: fc.integer({ min: 0, max: 20 * MINUTE_MS }),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        let subject: Case | null = null
        let nowMs = NOW_MS
        const last = new Map<string, boolean>()
        for (const { name, isFiring, waitMs } of steps) {
          nowMs += waitMs
          subject =
            merge(
              subject,
              { alerts: [isFiring ? firing(name, { startsAtMs: nowMs }) : resolved(name, { endsAtMs: nowMs })] },
              nowMs,
            ) ?? subject
          last.set(name, isFiring)
          const isAnyFiring = subject?.alerts.some(({ status }) => status === 'firing') ?? false
          if (isFiring) expect(subject?.alerts.find(({ fingerprint }) => fingerprint === name)?.status).toBe('firing')
          expect(isAnyFiring).toBe([...last.values()].includes(true))
          expect(subject === null || (subject.state === 'resolved') === !isAnyFiring).toBe(true)
        }
      }),
    )
  })
})
