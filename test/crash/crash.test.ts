import { describe, expect, jest, test } from '@jest/globals'
import type { RequestMatch } from '../../sandbox/faults.ts'
import type { ShownCase } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type Scene, SETTLING, setScene } from './scene.ts'

jest.setTimeout(120_000)

/** The write that each effect is, on the wire, and what the ledger calls it. */
const ACKNOWLEDGE: RequestMatch = { upstream: 'pagerduty', method: 'PUT', path: /^\/incidents\/[^/]+$/ }
const SNOOZE: RequestMatch = { upstream: 'pagerduty', method: 'POST', path: /\/snooze$/ }
const NOTE: RequestMatch = { upstream: 'pagerduty', method: 'POST', path: /\/notes$/ }
const SLACK_POST: RequestMatch = { upstream: 'slack', path: '/chat.postMessage' }
const SLACK_EDIT: RequestMatch = { upstream: 'slack', path: '/chat.update' }

type Blow = 'killed before the commit' | 'killed after the commit' | 'answer lost' | 'request lost'
const BLOWS: readonly Blow[] = ['killed before the commit', 'killed after the commit', 'answer lost', 'request lost']

const SNOOZING = [
  ['acknowledge', ACKNOWLEDGE],
  ['snooze', SNOOZE],
  ['note', NOTE],
  ['message', SLACK_POST],
] as const
const SNOOZED_ONCE = { acknowledge: 1, snooze: 1, note: 1, message: 1 }

/** Strikes the next such write; the returned function resolves when the responder is up and the blow has been dealt. */
function strike({ sandbox, responder }: Scene, match: RequestMatch, blow: Blow): () => Promise<void> {
  const isKill = blow.startsWith('killed')
  const isCommitted = blow === 'killed after the commit' || blow === 'answer lost'
  // With a kill the request is committed or not after its sender is dead: no answer can have come.
  const kill = isKill ? sandbox.faults.before(match, () => responder.kill()) : null
  const when = isCommitted ? 'after-commit' : 'before-commit'
  const fault = sandbox.faults.add({ ...match, fault: { kind: 'reset', when } })
  return async () => {
    await waitUntil('the write to be struck', () => fault.hits > 0 && (kill === null || kill.hits > 0), SETTLING)
    if (isKill) await responder.restart()
  }
}

async function withScene(act: (scene: Scene) => Promise<void>, options: { isSaid?: boolean } = {}): Promise<void> {
  const scene = await setScene(options)
  try {
    await act(scene)
  } catch (error) {
    throw new Error(`${String(error)}\n${scene.responder.output()}`, { cause: error })
  } finally {
    await scene.stop()
  }
}

/** Resolves once the case has all its receipts and one more look at it, and the alert told again, have changed nothing. */
async function settleSnoozed(scene: Scene): Promise<void> {
  const { responder, awaitCase } = scene
  await awaitCase('the case to be snoozed with all receipts', ({ state, receipts }) => {
    const done = new Set(receipts.map(({ action }) => action))
    return state === 'snoozed' && ['acknowledge', 'snooze', 'note', 'slack'].every((action) => done.has(action))
  })
  await lookAgain(scene)
  expect(await scene.postAlert()).toBe(202)
  await lookAgain(scene)
  expect((await responder.cases()).length).toBe(1)
}

async function lookAgain({ responder, awaitCase }: Scene): Promise<void> {
  const [before] = await responder.cases()
  if (!before) throw new Error('there is no case')
  await responder.act(before.id, 'recheck')
  await awaitCase('another look', ({ updatedAt }) => updatedAt > before.updatedAt)
}

async function snoozeFirst(scene: Scene): Promise<ShownCase> {
  scene.openIncident()
  expect(await scene.postAlert()).toBe(202)
  return scene.awaitCase('the case to be snoozed and told', ({ state, receipts }) => {
    return state === 'snoozed' && receipts.some(({ action }) => action === 'slack')
  })
}

function expectSnoozed(scene: Scene): void {
  const { 'message-edit': edits = 0, ...effects } = scene.effects()
  expect(effects).toEqual(SNOOZED_ONCE)
  // An adopted message may be made to say what it says already, which nobody sees.
  expect(edits).toBeLessThanOrEqual(2)
  expect(scene.slackText()).toMatch(/^Snoozed 2 h: /)
  const incident = scene.incident()
  expect(incident.status).toBe('acknowledged')
  // Its end is absolute: one that has to be sent again is shorter by the time lost.
  const [snooze] = scene.sandbox.ledger.of('snooze')
  expect(snooze?.detail.seconds).toBeLessThanOrEqual(7_200)
  expect(snooze?.detail.seconds).toBeGreaterThan(7_140)
  expect(scene.sandbox.pagerduty.rings(incident.id)).toHaveLength(1)
}

describe('every effect of a snooze is committed once', () => {
  const cells = SNOOZING.flatMap(([effect, match]) => BLOWS.map((blow) => ({ effect, blow, match })))

  test.concurrent.each(cells)('$effect: $blow', ({ match, blow }) =>
    withScene(async (scene) => {
      const struck = strike(scene, match, blow)
      scene.openIncident()
      expect(await scene.postAlert()).toBe(202)
      await struck()
      await settleSnoozed(scene)
      expectSnoozed(scene)
    }),
  )
})

describe('a snooze is made once when the process is killed between two steps', () => {
  test.concurrent('just after the 202', () =>
    withScene(async (scene) => {
      scene.openIncident()
      expect(await scene.postAlert()).toBe(202)
      await scene.responder.kill()
      await scene.responder.restart()
      await settleSnoozed(scene)
      expectSnoozed(scene)
    }))

  test.concurrent('while it waits for the incident', () =>
    withScene(async (scene) => {
      await scene.postAlert()
      await scene.awaitCase('a case that waits', ({ state }) => state === 'waiting')
      await scene.responder.kill()
      scene.openIncident()
      await scene.responder.restart()
      await settleSnoozed(scene)
      expectSnoozed(scene)
    }))

  test.concurrent('while it waits for the error text', () =>
    withScene(
      async (scene) => {
        scene.openIncident()
        await scene.postAlert()
        await scene.awaitCase('a case that gathers', ({ state }) => state === 'gathering')
        await scene.responder.kill()
        scene.sayBusy()
        await scene.responder.restart()
        await settleSnoozed(scene)
        expectSnoozed(scene)
      },
      { isSaid: false },
    ))

  test.concurrent('while the incident is snoozed', () =>
    withScene(async (scene) => {
      await snoozeFirst(scene)
      await scene.responder.kill()
      await scene.responder.restart()
      await settleSnoozed(scene)
      expectSnoozed(scene)
    }))
})

describe('a wake that an operator asked for rings the incident once', () => {
  test.concurrent.each(BLOWS)('%s', (blow) =>
    withScene(async (scene) => {
      const snoozed = await snoozeFirst(scene)
      const struck = strike(scene, SNOOZE, blow)
      await scene.responder.act(snoozed.id, 'wake')
      await struck()
      await scene.awaitCase('the wake', ({ state, receipts }) => {
        return state === 'handed-over' && receipts.some(({ action }) => action === 'wake')
      })
      await lookAgain(scene)
      expect(scene.incident().status).toBe('triggered')
      expect(scene.sandbox.pagerduty.rings(scene.incident().id)).toHaveLength(2)
      expect(scene.effects()).toMatchObject({ acknowledge: 1, note: 2, message: 1 })
    }),
  )
})

describe('the Slack message of a case whose group resolved says so', () => {
  test.concurrent.each(BLOWS)('%s', (blow) =>
    withScene(async (scene) => {
      await snoozeFirst(scene)
      const struck = strike(scene, SLACK_EDIT, blow)
      expect(await scene.postAlert('resolved')).toBe(202)
      await struck()
      await waitUntil('the message to say so', () => scene.slackText().startsWith('Resolved'), SETTLING)
      const [shown] = await scene.responder.cases()
      expect(shown?.state).toBe('resolved')
      const { 'message-edit': _edits, ...effects } = scene.effects()
      expect(effects).toEqual(SNOOZED_ONCE)
    }),
  )
})
