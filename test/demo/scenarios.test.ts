import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { lateEffects, type Outcome, play } from '../../demo/play.ts'
import { SCENARIOS } from '../../demo/scenarios/scenarios.ts'
import { type Stage, startStage } from '../../demo/stage.ts'

jest.setTimeout(120_000)

const outcomes: Outcome[] = []
const controller = new AbortController()
let stage: Stage

beforeAll(async () => {
  stage = await startStage({ say: () => {} })
})

afterAll(async () => {
  controller.abort()
  await stage.stop()
})

describe('the responder as a process, on the sandbox, ends every scenario as the runbook says', () => {
  test.each(SCENARIOS.map((scenario) => ({ scenario, title: scenario.title })))('$title', async ({ scenario }) => {
    const outcome = await play(scenario, stage, controller.signal)
    outcomes.push(outcome)
    expect(outcome.faults).toEqual([])
  })

  test('nothing more was done to any incident after its scenario had ended', () => {
    expect(outcomes).toHaveLength(SCENARIOS.length)
    expect(lateEffects(stage, outcomes)).toEqual([])
  })

  test('each scenario has a name of its own, hence a group, an incident and clusters of its own', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length)
  })
})
