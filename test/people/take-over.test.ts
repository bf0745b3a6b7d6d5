import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { waitUntil } from '../support/wait-until.ts'
import { ADA, EVE, GRACE, type Scene, setScene } from './scene.ts'

jest.setTimeout(90_000)

/** Ada's name in PagerDuty; in Slack she has the same. */
const TAKEN = 'Handed over: Ada Example has it'

let scene: Scene

afterEach(() => scene.stop())

/** A page that Ada acknowledges in PagerDuty while people are asked about it. */
async function acknowledgedScene(): Promise<string> {
  scene = await setScene({ mode: 'approve' })
  const incidentId = await scene.fail()
  await scene.awaitButton('approve')
  scene.sandbox.pagerduty.humanAcknowledges(incidentId)
  await scene.awaitCase('the take-over', ({ state }) => state === 'handed-over')
  return incidentId
}

describe('a person who takes an incident over', () => {
  test('is named once, the offer of a plan goes, and a snooze is offered as theirs', async () => {
    await acknowledgedScene()
    await waitUntil('Slack to say it', () => scene.words().includes(TAKEN) && !scene.buttons().includes('approve'))
    expect(scene.buttons()).toEqual(['snooze', 'wrong-verdict'])
    expect(scene.words()).toContain('Acknowledged by Ada Example.')
    const [before] = await scene.responder.cases()
    await scene.responder.act(before?.id ?? '', 'recheck')
    await waitUntil('the look', async () => (await scene.responder.cases())[0]?.updatedAt !== before?.updatedAt)
    const [shown] = await scene.responder.cases()
    expect(shown?.timeline.filter(({ what }) => what === TAKEN)).toHaveLength(1)
    expect(scene.effects()).toEqual([])
  })

  test('gets the snooze in one tap, past no rail but the one about themselves', async () => {
    await acknowledgedScene()
    await scene.awaitButton('snooze')
    await scene.press('snooze', ADA)
    expect(await scene.answers(1)).toEqual(['Snoozed for 2 h.'])
    expect(scene.effects()).toEqual(['snooze', 'note'])
    await scene.awaitCase('the snooze', ({ state }) => state === 'snoozed')
  })

  test('keeps it for themselves: nobody else snoozes it, whoever that is', async () => {
    await acknowledgedScene()
    await scene.awaitButton('snooze')
    await scene.press('snooze', GRACE)
    await scene.press('snooze', EVE)
    const [grace, eve] = await scene.answers(2)
    expect(grace).toBe('refused: human-engaged')
    expect(eve).toMatch(/^refused: you are not among those who may/)
    expect(scene.effects()).toEqual([])
  })

  test.each<[string, (incidentId: string) => void]>([
    ['notes', (id) => scene.sandbox.pagerduty.humanNotes(id, 'mine')],
    ['snoozes', (id) => scene.sandbox.pagerduty.humanSnoozes(id, 600)],
    ['reassigns', (id) => scene.sandbox.pagerduty.humanReassigns(id)],
  ])('and %s it is offered no snooze', async (_what, act) => {
    scene = await setScene()
    await scene.fail((incidentId) => {
      scene.sandbox.pagerduty.humanAcknowledges(incidentId)
      act(incidentId)
    })
    await scene.awaitButton('wrong-verdict')
    expect(scene.buttons()).toEqual(['wrong-verdict'])
    expect(scene.effects()).not.toContain('snooze')
  })
})
