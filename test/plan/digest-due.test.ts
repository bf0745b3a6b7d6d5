import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type DigestSchedule, WEEKDAYS } from '../../src/config/digest-schedule.ts'
import { latestDigestDue } from '../../src/plan/digest-due.ts'

const WEEK_MS = 7 * 86_400_000

function schedule(change: Partial<DigestSchedule> = {}): DigestSchedule {
  return { weekday: 'monday', at: '09:00', timezone: 'UTC', ...change }
}

/** The due time and the week, as people write them. */
function due(at: string, change?: Partial<DigestSchedule>) {
  const { week, dueMs } = latestDigestDue(schedule(change), Date.parse(at))
  return `${week} ${new Date(dueMs).toISOString().slice(0, 16)}Z`
}

describe('the digest that fell due last', () => {
  test.each<[string, string, Partial<DigestSchedule>, string]>([
    ['just now', '2026-11-23T09:00:00Z', {}, '2026-W48 2026-11-23T09:00Z'],
    ['a moment before its time, a week ago', '2026-11-23T08:59:59.999Z', {}, '2026-W47 2026-11-16T09:00Z'],
    ['on the Sunday after', '2026-11-29T23:59:00Z', {}, '2026-W48 2026-11-23T09:00Z'],
    ['on a Sunday', '2026-11-29T18:00:00Z', { weekday: 'sunday', at: '18:00' }, '2026-W48 2026-11-29T18:00Z'],
    ['in a week of the next year', '2024-12-31T00:00:00Z', {}, '2025-W01 2024-12-30T09:00Z'],
    ['in a 53rd week', '2027-01-02T00:00:00Z', { weekday: 'friday' }, '2026-W53 2027-01-01T09:00Z'],
    ['in winter of a zone', '2026-11-23T12:00:00Z', { timezone: 'Europe/Berlin' }, '2026-W48 2026-11-23T08:00Z'],
    ['in summer of a zone', '2026-07-06T12:00:00Z', { timezone: 'Europe/Berlin' }, '2026-W28 2026-07-06T07:00Z'],
    [
      'an hour before the clocks change',
      '2026-03-29T12:00:00Z',
      { weekday: 'sunday', at: '01:30', timezone: 'Europe/Berlin' },
      '2026-W13 2026-03-29T00:30Z',
    ],
    [
      'on the day that is Monday there already',
      '2026-11-22T21:00:00Z',
      { timezone: 'Pacific/Auckland' },
      '2026-W48 2026-11-22T20:00Z',
    ],
    [
      'at midnight',
      '2026-11-23T05:00:00Z',
      { at: '00:00', timezone: 'America/New_York' },
      '2026-W48 2026-11-23T05:00Z',
    ],
  ])('%s', (_name, at, change, expected) => {
    expect(due(at, change)).toBe(expected)
  })

  test('begins where the one before it ended, whenever the clocks change', () => {
    const anySchedule = fc.record({
      weekday: fc.constantFrom(...WEEKDAYS),
      at: fc.constantFrom('00:00', '02:30', '09:00', '23:59'),
      timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'),
    })
    const anyTime = fc.integer({ min: Date.parse('2024-01-01'), max: Date.parse('2030-01-01') })
    fc.assert(
      fc.property(anySchedule, anyTime, (given, nowMs) => {
        const newest = latestDigestDue(given, nowMs)
        const before = latestDigestDue(given, newest.dueMs - 1)
        expect(newest.dueMs).toBeLessThanOrEqual(nowMs)
        expect(nowMs - newest.dueMs).toBeLessThan(WEEK_MS + 3_600_000)
        expect(before.dueMs).toBe(newest.fromMs)
        expect(before.week).not.toBe(newest.week)
      }),
    )
  })
})
