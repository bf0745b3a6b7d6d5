import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { parse } from 'yaml'
import { type Played, playAll } from '../../demo/play-all.ts'
import { type Stage, startStage } from '../../demo/stage.ts'
import { ScenarioFile } from './scenario-file.ts'
import { toScenario } from './to-scenario.ts'

jest.setTimeout(120_000)

const FOLDER = new URL('.', import.meta.url)
const FILES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => ({ name: name.replace(/\.yaml$/, ''), raw: readText(name) }))

const controller = new AbortController()
let stage: Stage
let played: Played

function readText(name: string): unknown {
  return parse(readFileSync(new URL(name, FOLDER), 'utf8'))
}

beforeAll(async () => {
  stage = await startStage({ say: () => {} })
  const readable = FILES.flatMap(({ name, raw }) => {
    const parsed = ScenarioFile.safeParse(raw)
    return parsed.success ? [toScenario(name, parsed.data)] : []
  })
  played = await playAll(readable, { stage, signal: controller.signal })
})

afterAll(async () => {
  controller.abort()
  await stage.stop()
})

describe('a person who follows the runbook by hand would have done the same, or been paged', () => {
  test.each(FILES)('$name', ({ name, raw }) => {
    const { person, expect: expected } = ScenarioFile.parse(raw)
    const isQuieted = expected.effects.some((effect) => effect === 'snooze 7200' || effect === 'snooze 43200')
    // The responder may page where a person would snooze, never the other way round.
    if (person === 'keeps the page') expect(isQuieted).toBe(false)
    if (isQuieted) expect(expected.effects).toContain(person === 'snoozes 2 h' ? 'snooze 7200' : 'snooze 43200')
    expect(played.outcomes.find((outcome) => outcome.name === name)?.faults).toEqual([])
  })

  test('there are at least thirty of them, numbered without a gap', () => {
    expect(FILES.length).toBeGreaterThanOrEqual(30)
    expect(FILES.map(({ name }) => Number(name.slice(0, 2)))).toEqual(FILES.map((_file, index) => index + 1))
  })

  test('nothing more was done to any incident after its scenario had ended', () => {
    expect(played.late).toEqual([])
  })
})
