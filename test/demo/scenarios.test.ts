import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type Played, playAll } from '../../demo/play-all.ts'
import { SCENARIOS } from '../../demo/scenarios/scenarios.ts'
import { type Stage, startStage } from '../../demo/stage.ts'

jest.setTimeout(900_000)

const controller = new AbortController()
let played: Played
let stage: Stage

beforeAll(async () => {
  stage = await startStage({ say: () => {} })
  played = await playAll(SCENARIOS, { stage, signal: controller.signal })
})

afterAll(async () => {
  controller.abort()
  await stage.stop()
})

describe('the responder as a process, on the sandbox, ends every scenario as the runbook says', () => {
  test.each(SCENARIOS)('$title', ({ name }) => {
    expect(played.outcomes.find((outcome) => outcome.name === name)?.faults).toEqual([])
  })

  test('nothing more was done to any incident after its scenario had ended', () => {
    expect(played.outcomes).toHaveLength(SCENARIOS.length)
    expect(played.late).toEqual([])
  })

  test('each scenario has a name of its own, hence a group, an incident and clusters of its own', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length)
  })
})
