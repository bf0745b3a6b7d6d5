import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { waitUntil } from '../support/wait-until.ts'
import { ADA, EVE, GRACE, type Scene, setScene } from './scene.ts'

jest.setTimeout(90_000)

let scene: Scene

afterEach(() => scene.stop())

async function snoozedScene(): Promise<void> {
  scene = await setScene()
  await scene.fail()
  await scene.awaitCase('the snooze', ({ state }) => state === 'snoozed')
  await scene.awaitButton('wake')
}

describe('buttons of a snoozed case', () => {
  test('are those that mean something for it', async () => {
    await snoozedScene()
    expect(scene.buttons()).toEqual(['wake', 'hand-over', 'wrong-verdict'])
  })

  test('a wake that anybody in the channel asks for rings once, though it is pressed twice', async () => {
    await snoozedScene()
    const [first, second] = await Promise.all([scene.press('wake', EVE), scene.press('wake', EVE)])
    expect([first?.status, second?.status]).toEqual([200, 200])
    const shown = await scene.awaitCase('the hand over', ({ state }) => state === 'handed-over')
    expect(shown.timeline.map(({ what }) => what)).toContain('wake: asked for in Slack')
    expect(await scene.answers(2)).toEqual(['The page is given back.', 'The page is given back.'])
    await waitUntil('the buttons to go', () => !scene.buttons().includes('wake'))
    expect(scene.effects().filter((effect) => effect === 'snooze')).toHaveLength(2) // 2 h, then 1 s
    expect(scene.words()).toContain('slack:U0EVE (eve)')
  })

  test.each([
    ['from another workspace', { teamId: 'T0OTHER' }, 'refused: it comes from another workspace'],
    [
      'of a case that is not there',
      { value: `{"case":"no","plan":"${'0'.repeat(64)}"}` },
      'refused: there is no such case',
    ],
    ['with a value that is none of ours', { value: '{"case":"x"}' }, 'refused: it is no button of ours'],
    ['whose value is no JSON', { value: '<!channel>' }, 'refused: it is no button of ours'],
  ])('a press %s is answered 200, refused to the one who pressed, and changes nothing', async (_what, how, answer) => {
    await snoozedScene()
    const before = scene.effects()
    expect((await scene.press('wake', ADA, how)).status).toBe(200)
    expect(await scene.answers(1)).toEqual([answer])
    expect(scene.effects()).toEqual(before)
  })
})

describe('a snooze that people ask for', () => {
  async function handedOverScene(): Promise<void> {
    await snoozedScene()
    await scene.press('hand-over', EVE)
    const { id } = await scene.awaitCase('the hand over', ({ state }) => state === 'handed-over')
    // The wake is told first, and who has the case at the next look: only then does the message stay as it is.
    await scene.responder.act(id, 'recheck')
    await waitUntil('the last word', () => scene.words().includes('(eve) has it'))
    await scene.awaitButton('snooze')
  }

  test('is refused to whom policy does not name', async () => {
    await handedOverScene()
    await scene.press('snooze', EVE)
    expect((await scene.answers(2))[1]).toMatch(/^refused: you are not among those who may/)
    expect(scene.effects().filter((effect) => effect === 'snooze')).toHaveLength(2)
  })

  test('is done once for a member of a named group who presses twice', async () => {
    await handedOverScene()
    await Promise.all([scene.press('snooze', GRACE), scene.press('snooze', GRACE)])
    const said = (await scene.answers(3)).slice(1).sort()
    expect(said).toEqual(['Snoozed for 2 h.', 'refused: the plan has changed since this button was shown'])
    expect(scene.effects().filter((effect) => effect === 'snooze')).toHaveLength(3)
    await scene.awaitButton('wake')
  })

  test('is refused where the group can not be read', async () => {
    await handedOverScene()
    scene.sandbox.slack.setMethodError('usergroups.users.list', 'internal_error')
    await scene.press('snooze', GRACE)
    expect((await scene.answers(2))[1]).toMatch(/^refused: you are not among those who may/)
  })
})

describe('the slash command', () => {
  test('tells how the service is, its cases and their evidence, and pauses for those who may', async () => {
    await snoozedScene()
    const [shown] = await scene.responder.cases()
    const clusterId = /:([0-9a-v]{20})::$/.exec(shown?.alerts[0]?.crn ?? '')?.[1] ?? ''
    expect(await scene.command('status')).toMatch(
      /^Mode: live\nOpen cases: .*1 snoozed.*\nPending alerts: 0\nStorm: none/,
    )
    expect(await scene.command('cases')).toContain(`${clusterId}: snoozed, Snoozed 2 h`)
    expect(await scene.command(`explain ${clusterId}`, EVE)).toContain('busy with another KMS action')
    expect(await scene.command('explain 00000000000000000000')).toBe('No case names cluster 00000000000000000000.')
    expect(await scene.command('what?')).toContain('/kp-events explain CLUSTER')
    expect(await scene.command('pause', EVE)).toMatch(/^refused: you are not among those who may/)
    expect(await scene.responder.mode()).toMatchObject({ paused: false })
    expect(await scene.command('pause for the drill', GRACE)).toMatch(/^Paused/)
    expect(await scene.responder.mode()).toMatchObject({ paused: true })
    expect(await scene.command('resume', ADA)).toBe('Resumed in mode live.')
    expect(await scene.responder.mode()).toMatchObject({ paused: false })
  })
})
