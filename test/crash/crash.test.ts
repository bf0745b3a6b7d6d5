import { execFileSync } from 'node:child_process'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { waitUntil } from '../support/wait-until.ts'
import { BETWEEN_STEPS, BUSY_CLUSTER, RESOLVE, WAKE } from './busy.ts'
import { openLanes } from './lanes.ts'
import { type KillPoint, runCell } from './matrix.ts'
import type { Scenario, Write } from './scenarios.ts'
import { type Scene, setScene } from './scene.ts'

jest.setTimeout(300_000)

const lanes = openLanes({ store: 'embedded', count: 4, grounds: { busy: 30, silent: 2 } })
afterAll(() => lanes.close())

const BLOWS = [
  ['killed before the commit', { isKilled: true, isCommitted: false }],
  ['killed after the commit', { isKilled: true, isCommitted: true }],
  ['answer lost', { isKilled: false, isCommitted: true }],
  ['request lost', { isKilled: false, isCommitted: false }],
] as const

/** An adopted message may be made to say what it says already, which nobody sees. */
const MOST_EDITS = 2

async function expectOnce(scenario: Scenario, point: KillPoint): Promise<void> {
  const { faults, isReached, edits } = await lanes.run(scenario.ground, (stage) => runCell(scenario, point, stage))
  expect(faults).toEqual([])
  expect(isReached).toBe(true)
  // A wake and a resolve change the message once more.
  expect(edits).toBeLessThanOrEqual(MOST_EDITS + (scenario.prepare ? 2 : 0))
}

function cellsOf(scenario: Scenario): [string, Write, (typeof BLOWS)[number][1]][] {
  return scenario.writes.flatMap((write) =>
    BLOWS.map(([name, blow]): ReturnType<typeof cellsOf>[number] => [`${write}: ${name}`, write, blow]),
  )
}

/** Longest that an incident may ring nobody after an acknowledgement of ours, in ms. Source: PRODUCT.md section 4, Wake. */
const GIVEN_BACK_WITHIN_MS = 60_000

async function withScene(act: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = await setScene()
  try {
    await act(scene)
  } finally {
    await scene.stop()
  }
}

/**
 * Sets how far the process may write into any file, as a full disk does; prlimit is part of util-linux. Unlike a
 * read-only folder this stops root too.
 */
function limitFileSize({ responder }: Scene, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(responder.pid()), `--fsize=${bytes}:unlimited`])
}

test.concurrent('the page is given back when PagerDuty acknowledges and then never snoozes', () =>
  withScene(async (scene) => {
    const { sandbox, awaitCase } = scene
    sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'POST',
      path: /\/snooze$/,
      times: Number.POSITIVE_INFINITY,
      fault: { kind: 'status', status: 500 },
    })
    scene.openIncident()
    await scene.postAlert()
    const ringing = () => (scene.effects().acknowledge ?? 0) > 0 && scene.incident().status === 'triggered'
    await waitUntil('the incident to ring again', ringing, { timeoutMs: 90_000 })
    await awaitCase('the case to be handed over', ({ state }) => state === 'handed-over')

    const at = (effect: string) => Date.parse(sandbox.ledger.of(effect)[0]?.at ?? '')
    expect(at('trigger') - at('acknowledge')).toBeLessThanOrEqual(GIVEN_BACK_WITHIN_MS)
    expect(scene.effects()).toMatchObject({ acknowledge: 1, trigger: 1, note: 1 })
    expect(sandbox.pagerduty.rings(scene.incident().id)).toHaveLength(2)
    expect(scene.incident().notes[0]?.content).toMatch(/^Needs you: .*the snooze could not be completed/)
  }))

test.concurrent('while the store cannot be written the door answers 503, nothing is sent, and nothing is lost after', () =>
  withScene(async (scene) => {
    const { responder, awaitCase } = scene
    expect(await scene.postAlert()).toBe(202)
    await awaitCase('a case that waits for its incident', ({ state }) => state === 'waiting')

    limitFileSize(scene, 1)
    // Slack may have been told by now that the case waits; from here on nothing may be added.
    const before = scene.effects()
    scene.openIncident()
    expect(await scene.postAlert()).toBe(503)
    expect((await fetch(`${responder.url}/readyz`)).status).toBe(503)
    expect((await fetch(`${responder.url}/healthz`)).status).toBe(200)
    expect(scene.effects()).toEqual(before)
    expect(before).not.toHaveProperty('acknowledge')

    limitFileSize(scene, 'unlimited')
    await waitUntil('the door to open', async () => (await scene.postAlert()) === 202)
    await awaitCase('the case to be snoozed', ({ state, receipts }) => {
      return state === 'snoozed' && receipts.some(({ action }) => action === 'slack')
    })
    expect(scene.effects()).toMatchObject({ acknowledge: 1, snooze: 1, note: 1, message: 1 })
    const { accepted, done, pending, quarantined } = await responder.books()
    expect(accepted).toBe(done + pending + quarantined)
    expect(accepted).toBeGreaterThanOrEqual(2)
  }))

describe('every effect of a snooze is committed once', () => {
  test.concurrent.each(cellsOf(BUSY_CLUSTER))('%s', (_name, write, blow) =>
    expectOnce(BUSY_CLUSTER, { at: 'upstream', write, ...blow }),
  )
})

describe('a snooze is made once when the process is killed between two steps', () => {
  test.concurrent.each(BETWEEN_STEPS)('$name', (scenario) => expectOnce(scenario, { at: 'nowhere' }))
})

describe('a wake that an operator asked for rings the incident once', () => {
  test.concurrent.each(cellsOf(WAKE))('%s', (_name, write, blow) =>
    expectOnce(WAKE, { at: 'upstream', write, ...blow }),
  )
})

describe('the Slack message of a case whose group resolved says so', () => {
  test.concurrent.each(cellsOf(RESOLVE))('%s', (_name, write, blow) =>
    expectOnce(RESOLVE, { at: 'upstream', write, ...blow }),
  )
})
