import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { dedupKeyOf } from '../../src/model/identity.ts'
import { type IssueScene, POLICY, setIssueScene } from './issue-scene.ts'

jest.setTimeout(90_000)

const PROBE_MS = POLICY.windows.probe

let scene: IssueScene

beforeEach(async () => {
  scene = await setIssueScene()
})

afterEach(() => scene.stop())

/** Looks again until what was sent must have shown up. */
async function settleInDoubt(name: string) {
  await scene.settle(name)
  scene.pass(PROBE_MS + 1_000)
  return scene.settle(name)
}

describe('where the store may have lost records', () => {
  test.each([
    ['of all that followed the alert', true],
    ['of everything', false],
  ])('%s, what stands upstream is adopted and nothing is sent twice', async (_what, isAlertKept) => {
    await scene.fire('a')
    if (isAlertKept) await scene.save()
    const before = await scene.settle('a')
    expect(scene.effects()).toEqual(['issue', 'acknowledge', 'snooze', 'note'])
    await scene.lose()
    if (!isAlertKept) await scene.repeat('a')
    const after = await settleInDoubt('a')
    expect(scene.effects()).toEqual(['issue', 'acknowledge', 'snooze', 'note'])
    expect(after.state).toBe('snoozed')
    expect(after.snooze).toMatchObject({ number: 1, isReal: true, budget: 'orphanSnoozes' })
    expect(Math.abs((after.snooze?.untilMs ?? 0) - (before.snooze?.untilMs ?? 0))).toBeLessThan(60_000)
    expect(after.snooze?.fingerprints).toEqual(before.snooze?.fingerprints)
    const adopted = after.receipts.filter(({ result }) => result === 'adopted').map(({ action }) => action)
    expect(adopted.sort()).toEqual(['acknowledge', 'issue', 'note', 'snooze'])
    expect(after.takenOver).toBeNull()
  })

  test('before what was sent must have shown up, no note and no issue is sent', async () => {
    await scene.fire('a')
    await scene.save()
    await scene.lose()
    await scene.settle('a')
    expect(scene.effects()).toEqual([])
  })

  test('what was never sent is sent, once', async () => {
    await scene.fire('a')
    await scene.save()
    await scene.lose()
    const subject = await settleInDoubt('a')
    expect(scene.effects()).toEqual(['issue', 'acknowledge', 'snooze', 'note'])
    expect(subject.state).toBe('snoozed')
  })

  test('an issue that was opened for the case is not commented on as if for another', async () => {
    await scene.fire('a')
    await scene.save()
    await scene.settle('a')
    await scene.lose()
    await settleInDoubt('a')
    await scene.resolve('a')
    await scene.settle('a')
    expect(scene.sandbox.github.issues()[0]?.comments).toHaveLength(1)
  })

  test('a comment that stands on the issue is adopted', async () => {
    await scene.fire('a')
    await scene.settle('a')
    await scene.fire('b')
    await scene.save()
    await scene.settle('b')
    const before = scene.effects()
    expect(before).toContain('issue-comment')
    await scene.lose()
    const subject = await settleInDoubt('b')
    expect(scene.effects()).toEqual(before)
    expect(subject.state).toBe('snoozed')
  })

  test('an acknowledgement whose snooze was never sent is ours, and not sent again', async () => {
    await scene.fire('a')
    await scene.save()
    scene.sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'POST',
      path: /\/snooze$/,
      times: 1,
      fault: { kind: 'reset', when: 'before-commit' },
    })
    await scene.settle('a')
    expect(scene.effects()).toEqual(['issue', 'acknowledge'])
    await scene.lose()
    const subject = await settleInDoubt('a')
    expect(subject.takenOver).toBeNull()
    expect(scene.effects().filter((effect) => effect === 'acknowledge')).toHaveLength(1)
  })

  test('a snooze of another user is no snooze of ours', async () => {
    await scene.fire('a')
    await scene.save()
    await scene.lose()
    const incident = scene.sandbox.pagerduty.byKey(dedupKeyOf(scene.groupKeyOf('a')))
    scene.sandbox.pagerduty.humanSnoozes(incident?.id ?? '', 7_200)
    const subject = await settleInDoubt('a')
    expect(subject.state).toBe('handed-over')
    expect(subject.receipts.some(({ action }) => action === 'snooze')).toBe(false)
  })
})
