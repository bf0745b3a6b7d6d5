import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { CLUSTER_ID } from '../support/builders.ts'
import { type IssueScene, setIssueScene } from './issue-scene.ts'

jest.setTimeout(90_000)

let scene: IssueScene

beforeEach(async () => {
  scene = await setIssueScene()
})

afterEach(() => scene.stop())

function snoozeCalls(): number {
  const entries = scene.sandbox.requests.entries().filter(({ upstream }) => upstream === 'pagerduty')
  return entries.filter(({ path }) => path.endsWith('/snooze')).length
}

describe('a wake', () => {
  test('whose answer is lost is read back before the next rung is tried', async () => {
    await scene.fire('a')
    expect((await scene.settle('a')).state).toBe('snoozed')
    scene.recorded.add(CLUSTER_ID)
    scene.sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'POST',
      path: /\/snooze$/,
      times: 1,
      fault: { kind: 'commitThenStatus', status: 500 },
    })
    expect((await scene.settle('a')).state).toBe('handed-over')
    expect(scene.effects().slice(-2)).toEqual(['snooze', 'note'])
    expect(scene.effects()).not.toContain('trigger')
  })
})

describe('a wake that an earlier life of the process has sent', () => {
  test('is waited for, not sent again', async () => {
    await scene.fire('a')
    const { incidents } = await scene.settle('a')
    const [incident] = incidents
    scene.recorded.add(CLUSTER_ID)
    const answer = await fetch(`${scene.sandbox.url}/pagerduty/incidents/${incident?.id}/snooze`, {
      method: 'POST',
      headers: {
        authorization: 'Token token=sandbox-pagerduty-token',
        from: 'responder@example.com',
        accept: 'application/vnd.pagerduty+json;version=2',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ duration: 1 }),
    })
    expect(answer.status).toBe(201)
    expect((await scene.settle('a')).state).toBe('handed-over')
    expect(scene.effects().filter((effect) => effect === 'snooze')).toHaveLength(2)
    expect(incident && scene.sandbox.pagerduty.incident(incident.id).status).toBe('triggered')
  })
})

describe('a snooze that PagerDuty refuses', () => {
  test('is not asked for again in a tight loop', async () => {
    scene.sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'POST',
      path: /\/snooze$/,
      times: Number.POSITIVE_INFINITY,
      fault: { kind: 'status', status: 400, body: { error: { code: 1013, message: 'Snooze Duration is Invalid' } } },
    })
    await scene.fire('a')
    await scene.settle('a')
    expect(snoozeCalls()).toBe(1)
  })
})
