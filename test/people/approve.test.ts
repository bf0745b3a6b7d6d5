import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { waitUntil } from '../support/wait-until.ts'
import { ADA, EVE, type Scene, setScene } from './scene.ts'

jest.setTimeout(90_000)

let scene: Scene

afterEach(() => scene.stop())

async function offeredScene(policy: Readonly<Record<string, unknown>> = {}, mode: 'approve' | 'live' = 'approve') {
  scene = await setScene({ mode, policy })
  await scene.fail()
  await scene.awaitCase('the offer', ({ state }) => state === 'snoozed')
  await scene.awaitButton('approve')
}

describe('a plan in approve mode', () => {
  test('writes nothing, and says what it would do and until when', async () => {
    await offeredScene()
    expect(scene.effects()).toEqual([])
    expect(scene.words()).toMatch(/Waits for approval until .*Would: acknowledge and snooze incident \w+ for 2 h/)
    const [shown] = await scene.responder.cases()
    expect(shown?.plan.refusals).toEqual([expect.objectContaining({ rail: 'awaiting-approval' })])
    expect(shown?.receipts.map(({ result }) => result)).toContain('would')
  })

  test('is carried out once when somebody who may approves it, twice pressed', async () => {
    await offeredScene()
    await Promise.all([scene.press('approve', ADA), scene.press('approve', ADA)])
    await waitUntil('the note', () => scene.effects().includes('note'))
    expect(scene.effects()).toEqual(['acknowledge', 'snooze', 'note'])
    const said = (await scene.answers(2)).sort()
    expect(said[0]).toMatch(/^Approved: /)
    expect(said[1]).toMatch(/^That was done already|^refused: the plan has changed/)
    await waitUntil('the offer to go', () => !scene.buttons().includes('approve'))
    expect(scene.buttons()).toContain('wake')
    const { timeline } = await scene.awaitCase('the snooze', ({ state }) => state === 'snoozed')
    expect(timeline.map(({ what }) => what)).toContain(
      'approved: Would snooze 2 h: cluster busy with another KMS action',
    )
  })

  test('is carried out by the next life of a process that was killed right after the press', async () => {
    await offeredScene()
    scene.sandbox.faults.down('pagerduty')
    expect((await scene.press('approve', ADA)).status).toBe(200)
    await scene.answers(1)
    await scene.responder.kill()
    scene.sandbox.faults.up('pagerduty')
    await scene.responder.restart()
    await waitUntil('the note', () => scene.effects().includes('note'))
    expect(scene.effects()).toEqual(['acknowledge', 'snooze', 'note'])
  })

  test('is refused to whom policy does not name', async () => {
    await offeredScene()
    await scene.press('approve', EVE)
    expect(await scene.answers(1)).toEqual([expect.stringMatching(/^refused: you are not among those who may/)])
    expect(scene.effects()).toEqual([])
  })

  test('stays with people when anybody says not now', async () => {
    await offeredScene()
    await scene.press('not-now', EVE)
    await scene.awaitCase('the hand over', ({ state }) => state === 'handed-over')
    await waitUntil('the offer to go', () => !scene.buttons().includes('approve'))
    expect(scene.effects()).toEqual([])
  })

  test('is refused when it has another hash by the time of the press', async () => {
    await offeredScene()
    const shown = await scene.awaitButton('approve')
    const value = JSON.stringify({ case: (await scene.responder.cases())[0]?.id, plan: 'a'.repeat(64) })
    await scene.sandbox.slack.press({ channel: 'C0KPNOTIFY1', ts: shown.ts, actionId: 'kp_approve', ...ADA, value })
    expect(await scene.answers(1)).toEqual(['refused: the plan has changed since this button was shown'])
    expect(scene.effects()).toEqual([])
  })
})

describe('a stage of a reason', () => {
  test('asks in live mode', async () => {
    await offeredScene({ stages: { busy: 'approve' } }, 'live')
    expect(scene.effects()).toEqual([])
    await scene.press('approve', ADA)
    await waitUntil('the note', () => scene.effects().includes('note'))
    expect(scene.effects()).toEqual(['acknowledge', 'snooze', 'note'])
  })
})
