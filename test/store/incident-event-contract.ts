import { describe, expect, test } from '@jest/globals'
import { dedupKeyOf } from '../../src/model/identity.ts'
import type { IncidentEvent, QuarantineEntry, Store } from '../../src/store/store.ts'
import { aCase, anIncident, GROUP_KEY, HOUR_MS, MINUTE_MS, NOW_MS } from '../support/builders.ts'
import { updateOf } from './delivery-contract.ts'

function anEvent(change: Partial<IncidentEvent> = {}): IncidentEvent {
  return {
    eventId: 'E1',
    type: 'incident.acknowledged',
    incidentId: 'Q1',
    receivedAtMs: NOW_MS,
    lookAtMs: NOW_MS + 5,
    mayOpenCase: true,
    ...change,
  }
}

const KEPT = { mergedUpTo: null, isSettled: false }
const ASIDE: QuarantineEntry = { source: 'pagerduty', why: 'shape', body: '{}', alertCount: 0, receivedAtMs: NOW_MS }

/** What every adapter promises of PagerDuty's events. */
export function describeIncidentEventContract(store: () => Store, reopen: () => Promise<void>): void {
  describe('events of incidents', () => {
    async function openCaseOf(incidentId: string, change: Parameters<typeof aCase>[0] = {}) {
      return store().saveCase(aCase({ incidents: [anIncident({ id: incidentId })], ...change }), KEPT)
    }

    test('an event makes the open case that holds its incident due, and is news of its group until settled', async () => {
      await openCaseOf('Q1')
      expect(await store().acceptIncidentEvent(anEvent())).toBe(true)
      await reopen()
      expect(await store().nextDueMs()).toBe(NOW_MS + 5)
      const upTo = await store().incidentNews(GROUP_KEY)
      expect(upTo).not.toBeNull()
      await store().acceptIncidentEvent(anEvent({ eventId: 'E2' }))
      await store().settleIncidentNews(GROUP_KEY, upTo ?? 0)
      const later = await store().incidentNews(GROUP_KEY)
      expect(later).toBeGreaterThan(upTo ?? Number.NaN)
      await store().settleIncidentNews(GROUP_KEY, later ?? 0)
      expect(await store().incidentNews(GROUP_KEY)).toBeNull()
      expect(await store().unplacedIncidents(10)).toEqual([])
    })

    test('a copy of an event changes nothing, also after it was read and over a restart', async () => {
      await openCaseOf('Q1')
      await store().acceptIncidentEvent(anEvent())
      await store().settleIncidentNews(GROUP_KEY, (await store().incidentNews(GROUP_KEY)) ?? 0)
      await reopen()
      expect(await store().acceptIncidentEvent(anEvent({ receivedAtMs: NOW_MS + 97 * HOUR_MS }), ASIDE)).toBe(false)
      expect(await store().incidentNews(GROUP_KEY)).toBeNull()
    })

    test.each([
      ['that was read', true, true],
      ['that was not read', false, false],
    ])('after 98 h the id of an event %s may come again: %s', async (_name, isRead, isTaken) => {
      await openCaseOf('Q1')
      await store().acceptIncidentEvent(anEvent())
      if (isRead) await store().settleIncidentNews(GROUP_KEY, (await store().incidentNews(GROUP_KEY)) ?? 0)
      const again = anEvent({ receivedAtMs: NOW_MS + 98 * HOUR_MS + 1 })
      expect(await store().acceptIncidentEvent(again)).toBe(isTaken)
    })

    test('what is set aside with an event is in the books, once', async () => {
      const aside = { ...ASIDE, alertCount: 2 }
      await store().acceptIncidentEvent(anEvent({ incidentId: null }), aside)
      await store().acceptIncidentEvent(anEvent({ incidentId: null }), aside)
      expect(await store().books()).toMatchObject({ accepted: 2, quarantined: 2 })
    })

    test('an incident that no open case holds waits to be placed, oldest first, unless it may open none', async () => {
      await openCaseOf('Q3', { state: 'resolved' })
      await store().acceptIncidentEvent(anEvent({ eventId: 'a', incidentId: 'Q2', receivedAtMs: NOW_MS + 7 }))
      await store().acceptIncidentEvent(anEvent({ eventId: 'b', incidentId: 'Q1', receivedAtMs: NOW_MS + 3 }))
      await store().acceptIncidentEvent(anEvent({ eventId: 'c', incidentId: 'Q2', receivedAtMs: NOW_MS + 1 }))
      await store().acceptIncidentEvent(anEvent({ eventId: 'd', incidentId: 'Q3', receivedAtMs: NOW_MS + 9 }))
      await store().acceptIncidentEvent(anEvent({ eventId: 'e', incidentId: 'Q4', mayOpenCase: false }))
      const told = (await store().unplacedIncidents(10)).map(({ incidentId, sinceMs }) => [incidentId, sinceMs])
      expect(told).toEqual([
        ['Q2', NOW_MS + 1],
        ['Q1', NOW_MS + 3],
        ['Q3', NOW_MS + 9],
      ])
      expect(await store().unplacedIncidents(1)).toHaveLength(1)
      expect(await store().nextDueMs()).toBeNull()
    })

    test('a placed incident is news of the group it is given to, and what came after the placing is not placed', async () => {
      await store().acceptIncidentEvent(anEvent())
      const [unplaced] = await store().unplacedIncidents(10)
      await store().acceptIncidentEvent(anEvent({ eventId: 'E2', receivedAtMs: NOW_MS + MINUTE_MS }))
      if (!unplaced) throw new Error('the incident is unplaced')
      await store().placeIncident(unplaced, 'g', NOW_MS + 2)
      expect(await store().incidentNews('g')).toBe(unplaced.upTo)
      expect(await store().due(NOW_MS + 2, 10)).toEqual(['g'])
      const [later] = await store().unplacedIncidents(10)
      expect(later).toMatchObject({ incidentId: 'Q1', sinceMs: NOW_MS + MINUTE_MS })
      if (later) await store().placeIncident(later, null, NOW_MS)
      expect(await store().unplacedIncidents(10)).toEqual([])
      expect(await store().incidentNews('g')).toBe(unplaced.upTo)
    })

    test('the case of an incident is the newest open one that holds it', async () => {
      await openCaseOf('Q1', { id: 'old', groupKey: 'g1', openedAtMs: NOW_MS - HOUR_MS })
      const newer = await openCaseOf('Q1', { id: 'new', groupKey: 'g2' })
      expect((await store().openCaseOfIncident('Q1'))?.id).toBe('new')
      await store().saveCase({ ...newer, state: 'resolved' }, KEPT)
      expect((await store().openCaseOfIncident('Q1'))?.id).toBe('old')
      expect(await store().openCaseOfIncident('Q9')).toBeNull()
    })

    test('a group has one name, by its key or by its dedup key: the first one it was known by', async () => {
      const dedupKey = dedupKeyOf(GROUP_KEY)
      await store().accept(updateOf(1, `dedup:${dedupKey}`), 'one', NOW_MS)
      await store().accept(updateOf(2, GROUP_KEY), 'two', NOW_MS + 1)
      const pending = await store().pending(`dedup:${dedupKey}`)
      expect(pending.map(({ update }) => update.groupKey)).toEqual([`dedup:${dedupKey}`, `dedup:${dedupKey}`])
      expect(await store().pending(GROUP_KEY)).toEqual([])
      expect(await store().latestCaseOfKey(dedupKey)).toBeNull()
      await store().saveCase(aCase({ groupKey: `dedup:${dedupKey}`, state: 'resolved' }), KEPT)
      expect((await store().latestCaseOfKey(dedupKey))?.id).toBe('case-1')
    })
  })
}
