import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { dedupKeyOf } from '../../src/model/identity.ts'
import { CLUSTER_ID, OTHER_CLUSTER_ID } from '../support/builders.ts'
import { type IssueScene, setIssueScene } from './issue-scene.ts'

jest.setTimeout(90_000)

let scene: IssueScene

beforeEach(async () => {
  scene = await setIssueScene()
})

afterEach(() => scene.stop())

function snoozes(): number {
  return scene.effects().filter((effect) => effect === 'snooze').length
}

describe('open cases of one cluster count as one', () => {
  test('an alert of another case of the cluster that needs a person keeps this page too', async () => {
    scene.recorded.add(OTHER_CLUSTER_ID)
    await scene.fire('b', [CLUSTER_ID, OTHER_CLUSTER_ID])
    await scene.settle('b')
    await scene.fire('a', [CLUSTER_ID])
    const subject = await scene.settle('a')
    expect(subject.state).toBe('handed-over')
    expect(subject.plan?.headline).toContain('etcd-record-present')
    expect(snoozes()).toBe(0)
  })

  test('two cases that agree are both snoozed', async () => {
    await scene.fire('b', [CLUSTER_ID])
    await scene.settle('b')
    await scene.fire('a', [CLUSTER_ID])
    expect((await scene.settle('a')).state).toBe('snoozed')
  })
})

describe('a further incident of a snoozed case', () => {
  test('is judged and snoozed itself, whatever stood on the one that people resolved', async () => {
    await scene.fire('a')
    expect((await scene.settle('a')).state).toBe('snoozed')
    const first = scene.sandbox.pagerduty.byKey(dedupKeyOf(scene.groupKeyOf('a')))
    if (!first) throw new Error('there is no incident')
    scene.sandbox.pagerduty.humanResolves(first.id)
    scene.pass(60_000)
    await scene.fire('a')
    await scene.hear('a', first.id)
    const subject = await scene.settle('a')
    expect(subject.incidents).toHaveLength(2)
    expect(subject.snooze?.incidentId).toBe(subject.incidents[1]?.id)
    expect(snoozes()).toBe(2)
    expect(subject.timeline.filter(({ what }) => what.startsWith('Snoozed'))).toHaveLength(2)
  })
})

describe('a pause between the acknowledgement and the snooze', () => {
  test('gives the page back: nothing of ours is held', async () => {
    scene.sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'POST',
      path: /\/snooze$/,
      times: 1,
      fault: { kind: 'rateLimited', retryAfterSeconds: 5 },
    })
    await scene.fire('a')
    expect((await scene.settle('a')).incidents[0]?.status).toBe('acknowledged')
    scene.mode = { mode: 'live', paused: true }
    scene.pass(6_000)
    expect((await scene.settle('a')).state).toBe('handed-over')
    const incident = scene.sandbox.pagerduty.byKey(dedupKeyOf(scene.groupKeyOf('a')))
    expect(incident?.status).toBe('triggered')
  })
})

describe('a snooze that PagerDuty ends early', () => {
  test('is told as a page that rings, and is not made again on what was known before', async () => {
    await scene.fire('a')
    expect((await scene.settle('a')).state).toBe('snoozed')
    const first = scene.sandbox.pagerduty.byKey(dedupKeyOf(scene.groupKeyOf('a')))
    if (!first) throw new Error('there is no incident')
    scene.sandbox.clock.jump(13 * 3_600_000)
    expect(scene.sandbox.pagerduty.incident(first.id).status).toBe('triggered')
    scene.pass(120_000)
    await scene.hear('a', first.id)
    const rung = await scene.settle('a')
    expect(rung.state).toBe('handed-over')
    expect(rung.plan?.headline).toContain('it rings')
    expect(scene.noteText('a')).toContain('it rings')
    await scene.repeat('a')
    expect((await scene.settle('a')).state).toBe('handed-over')
    expect(snoozes()).toBe(1)
  })
})
