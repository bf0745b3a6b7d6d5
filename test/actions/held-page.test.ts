import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { dedupKeyOf } from '../../src/model/identity.ts'
import { CLUSTER_ID } from '../support/builders.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type IssueScene, setIssueScene } from './issue-scene.ts'

jest.setTimeout(90_000)

const SNOOZE = { upstream: 'pagerduty', method: 'POST', path: /\/snooze$/ } as const
const NOTE = { upstream: 'pagerduty', method: 'POST', path: /\/notes$/ } as const

let scene: IssueScene

beforeEach(async () => {
  scene = await setIssueScene()
})

afterEach(() => scene.stop())

describe('a page whose snooze does not come to stand', () => {
  test('is given back in time however long PagerDuty asks to wait, and is not acknowledged again', async () => {
    scene.sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'POST',
      path: /\/snooze$/,
      times: Number.POSITIVE_INFINITY,
      fault: { kind: 'rateLimited', retryAfterSeconds: 900 },
    })
    await scene.fire('a')
    const held = await scene.settle('a')
    expect(held.incidents[0]?.status).toBe('acknowledged')
    expect((held.nextLookMs ?? Number.POSITIVE_INFINITY) - held.updatedAtMs).toBeLessThan(60_000)
    scene.pass(41_000)
    expect((await scene.settle('a')).state).toBe('handed-over')
    // Everything but the wake waits for as long as PagerDuty asked, the note too.
    scene.pass(900_000)
    expect((await scene.settle('a')).state).toBe('handed-over')
    expect(scene.effects().filter((effect) => effect === 'acknowledge')).toHaveLength(1)
    expect(scene.effects()).toContain('trigger')
    expect(scene.noteText('a')).toContain('not snoozed, the snooze could not be completed')
  })

  test('is not acknowledged twice where the process died before it knew, its copy of the incident still fresh', async () => {
    scene.sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'PUT',
      fault: { kind: 'reset', when: 'after-commit' },
    })
    await scene.fire('a')
    await scene.settle('a')
    await scene.amend('a', ({ incidents }) => ({
      incidents: incidents.map((incident) => ({
        ...incident,
        status: 'triggered',
        isOutdated: false,
        readAtMs: Date.now(),
      })),
    }))
    scene.restart()
    expect((await scene.settle('a')).state).toBe('snoozed')
    expect(scene.effects().filter((effect) => effect === 'acknowledge')).toHaveLength(1)
  })

  test('is given back in time after a lost acknowledgement too: it is held since that was sent, not since it was found', async () => {
    scene.sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'PUT',
      fault: { kind: 'reset', when: 'after-commit' },
    })
    scene.sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'POST',
      path: /\/snooze$/,
      times: 2,
      fault: { kind: 'status', status: 500 },
    })
    await scene.fire('a')
    await scene.settle('a')
    // Another replica takes the look of a dead one up after so long.
    scene.pass(36_000)
    scene.restart()
    await scene.settle('a')
    scene.pass(6_000)
    expect((await scene.settle('a')).state).toBe('handed-over')
    expect(scene.effects()).toContain('trigger')
  })

  test('is given back when every look at the case fails, and the case says so', async () => {
    scene.sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'POST',
      path: /\/snooze$/,
      fault: { kind: 'status', status: 500 },
    })
    await scene.fire('a')
    expect((await scene.settle('a')).incidents[0]?.status).toBe('acknowledged')
    await scene.setAside('a')
    expect(scene.effects().slice(-2)).toEqual(['snooze', 'note'])
    expect(scene.sandbox.ledger.of('snooze').at(-1)?.detail.seconds).toBe(1)
    expect(scene.noteText('a')).toContain(
      `Needs you: set aside, every look at the case failed\nClusters: ${CLUSTER_ID}`,
    )
    const { state, timeline } = await scene.settle('a')
    expect(timeline.map(({ what }) => what)).toContain('set aside: every look failed; the page is yours')
    expect(state).toBe('handed-over')
  })

  test('is noted once by a case that is set aside twice, and the case owes Slack the same words', async () => {
    scene.sandbox.faults.add({ ...NOTE, fault: { kind: 'reset', when: 'after-commit' } })
    scene.sandbox.faults.add({ ...SNOOZE, fault: { kind: 'status', status: 500 } })
    await scene.fire('a')
    await scene.settle('a')
    await expect(scene.setAside('a')).rejects.toThrow('the note of a case set aside is not written yet')
    scene.pass(31_000)
    await scene.setAside('a')
    await scene.setAside('a')
    expect(scene.effects().filter((effect) => effect === 'note')).toHaveLength(1)
    await scene.amend('a', ({ plan }) => {
      expect(plan?.actions.map(({ action, why }) => `${action}: ${why}`)).toEqual([
        'note: Needs you: set aside, every look at the case failed',
        'slack: Needs you: set aside, every look at the case failed',
      ])
      return {}
    })
  })

  test('is not noted while the mode lets nothing be written', async () => {
    await scene.fire('a')
    scene.mode = { mode: 'shadow', paused: false }
    await scene.settle('a')
    await scene.setAside('a')
    expect(scene.effects()).toEqual([])
  })
})

describe('a page that was acknowledged when the store went away', () => {
  beforeEach(() => {
    scene.storeGoesAwayAfter = 'acknowledge'
  })

  test('is rung without the store, where that is not back in time', async () => {
    scene.holdWithoutStoreMs = 100
    await scene.fire('a')
    await expect(scene.settle('a')).rejects.toThrow('the store is away')
    expect(scene.effects()).toEqual(['issue', 'acknowledge'])
    const incident = () => scene.sandbox.pagerduty.byKey(dedupKeyOf(scene.groupKeyOf('a')))
    await waitUntil('the incident to ring', () => incident()?.status === 'triggered')
    // The store is back: the case is seen as it is, and nothing is quieted behind anybody's back.
    scene.isStoreAway = false
    scene.storeGoesAwayAfter = null
    scene.restart()
    scene.pass(60_000)
    await scene.settle('a')
    expect(scene.effects().filter((effect) => effect === 'note')).toHaveLength(1)
  })

  test('is left to its own look, where the store is back in time', async () => {
    scene.holdWithoutStoreMs = 200
    await scene.fire('a')
    await expect(scene.settle('a')).rejects.toThrow('the store is away')
    scene.isStoreAway = false
    scene.storeGoesAwayAfter = null
    expect((await scene.settle('a')).state).toBe('snoozed')
    expect(scene.effects().filter((effect) => effect === 'acknowledge')).toHaveLength(1)
    expect(scene.effects()).not.toContain('trigger')
  })
})
