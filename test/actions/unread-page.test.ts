import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type IssueScene, setIssueScene } from './issue-scene.ts'

jest.setTimeout(150_000)

let scene: IssueScene

beforeEach(async () => {
  scene = await setIssueScene()
})

afterEach(() => scene.stop())

/** PagerDuty takes writes and answers no read. */
function breakReads(): void {
  scene.sandbox.faults.add({
    upstream: 'pagerduty',
    method: 'GET',
    times: Number.POSITIVE_INFINITY,
    fault: { kind: 'status', status: 500 },
  })
}

describe('a page that we hold quiet while PagerDuty can not be read', () => {
  test('is given back in time', async () => {
    scene.sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'POST',
      path: /\/snooze$/,
      times: 1,
      fault: { kind: 'rateLimited', retryAfterSeconds: 5 },
    })
    await scene.fire('a')
    const held = await scene.settle('a')
    expect(held.incidents[0]?.status).toBe('acknowledged')
    breakReads()
    scene.pass(20_000)
    const unread = await scene.settle('a')
    expect((unread.nextLookMs ?? Number.POSITIVE_INFINITY) - held.updatedAtMs).toBeLessThan(60_000)
    scene.pass(21_000)
    await scene.settle('a')
    expect(scene.sandbox.ledger.of('snooze').at(-1)?.detail.seconds).toBe(1)
  })

  test('is given back in time where the process died before it had stored that it holds it', async () => {
    scene.sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'POST',
      path: /\/snooze$/,
      times: 1,
      fault: { kind: 'rateLimited', retryAfterSeconds: 5 },
    })
    await scene.fire('a')
    const held = await scene.settle('a')
    const readAtMs = held.openedAtMs + 1
    await scene.amend('a', ({ incidents }) => ({
      incidents: incidents.map((incident) => ({ ...incident, status: 'triggered', readAtMs })),
    }))
    scene.restart()
    breakReads()
    scene.pass(41_000)
    await scene.settle('a')
    expect(scene.sandbox.ledger.of('snooze').at(-1)?.detail.seconds).toBe(1)
  })

  test('is woken a second time too, and is not taken for woken by the first', async () => {
    await scene.fire('a')
    expect((await scene.settle('a')).state).toBe('snoozed')
    await scene.amend('a', () => ({ wakeWhy: 'the first reason' }))
    await scene.settle('a')
    expect((await scene.settle('a')).state).toBe('snoozed')
    breakReads()
    await scene.amend('a', () => ({ wakeWhy: 'the second reason' }))
    const wakes = () => scene.sandbox.ledger.of('snooze').filter(({ detail }) => detail.seconds === 1)
    expect(wakes()).toHaveLength(1)
    const { wakeWhy, snooze } = await scene.settle('a')
    expect(wakes().length).toBeGreaterThan(1)
    // Nobody could read that it rings: the ladder is climbed again.
    expect([wakeWhy, snooze?.isReal]).toEqual(['the second reason', true])
  })
})
