import { describe, expect, test } from '@jest/globals'
import { ReadCoverage } from '../../../src/evidence/slack/read-coverage.ts'

function covered(): ReadCoverage {
  const coverage = new ReadCoverage('C1')
  coverage.readTop({ fromMs: 1_000, askedAtMs: 99_000, endedAtMs: 100_000, isJoined: false })
  return coverage
}

describe('the span read without a gap', () => {
  test('nothing is covered at first, and a read is needed', () => {
    const coverage = new ReadCoverage('C1')
    expect(coverage.current()).toBeNull()
    expect(coverage.isBroken(0)).toBe(true)
  })

  test('a joined read in time extends it and keeps its start', () => {
    const coverage = covered()
    const { generation } = coverage
    coverage.readTop({ fromMs: 90_000, askedAtMs: 159_000, endedAtMs: 160_000, isJoined: true })
    expect(coverage.current()).toEqual({
      channel: 'C1',
      coveredFromMs: 1_000,
      coveredToMs: 159_000,
      readEndedAtMs: 160_000,
      fullReadAtMs: null,
    })
    expect(coverage.generation).toBe(generation)
  })

  test.each([
    ['comes 60.001 s later', { endedAtMs: 160_001, isJoined: true }],
    ['comes from a clock that went back', { endedAtMs: 39_000, isJoined: true }],
    ['does not reach down to the last one', { endedAtMs: 130_000, isJoined: false }],
  ])('a read that %s begins a new span, and no older whole read vouches for it', (_sentence, read) => {
    const coverage = covered()
    const { generation } = coverage
    coverage.readWhole(1_000, 100_000)
    coverage.readTop({ fromMs: 90_000, askedAtMs: 129_000, ...read })
    expect(coverage.current()).toMatchObject({ coveredFromMs: 90_000, fullReadAtMs: null })
    expect(coverage.generation).not.toBe(generation)
  })

  test('pages extend it downwards only, the end of a whole read sets its start', () => {
    const coverage = covered()
    coverage.readDown(500)
    coverage.readDown(700)
    expect(coverage.current()?.coveredFromMs).toBe(500)
    coverage.readWhole(400, 120_000)
    expect(coverage.current()).toMatchObject({ coveredFromMs: 400, fullReadAtMs: 120_000, readEndedAtMs: 100_000 })
  })

  test('forgotten, it is empty', () => {
    const coverage = covered()
    coverage.forget()
    coverage.readDown(1)
    coverage.readWhole(1, 2)
    expect(coverage.current()).toBeNull()
  })
})
