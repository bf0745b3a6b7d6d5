import { describe, expect, it } from '@jest/globals'
import { CommitPace } from '../../src/store/sqlite/commit-pace.ts'

/** The waits before commits of the given length, each begun as soon as it may be. */
function waits(commitMs: number, { count, pauseMs = 0 }: { count: number; pauseMs?: number }): number[] {
  const pace = new CommitPace(0)
  let nowMs = 0
  return Array.from({ length: count }, () => {
    const waitMs = pace.waitMs(nowMs)
    nowMs += waitMs + commitMs
    pace.took(commitMs, nowMs)
    nowMs += pauseMs
    return waitMs
  })
}

describe('the pace of commits', () => {
  it('lets writes that come one by one commit at once', () => {
    expect(waits(1, { count: 200, pauseMs: 10 }).every((waitMs) => waitMs === 0)).toBe(true)
  })

  it('gathers the writes of a burst, so that commits take a tenth of the time', () => {
    const steady = waits(0.3, { count: 200 }).slice(100)
    const share = (0.3 * steady.length) / steady.reduce((sum, waitMs) => sum + waitMs + 0.3, 0)
    expect(share).toBeGreaterThan(0.09)
    expect(share).toBeLessThan(0.11)
  })

  it('never makes a write wait longer than 5 ms, however slow the disk', () => {
    expect(Math.max(...waits(200, { count: 20 }))).toBeLessThanOrEqual(5)
  })
})
