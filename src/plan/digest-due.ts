import { type DigestSchedule, WEEKDAYS } from '../config/digest-schedule.ts'

const DAY_MS = 86_400_000
const WEEK_MS = 7 * DAY_MS

/** A digest that is due: its week, and the span that it tells of, up to the moment it fell due (ms). */
export interface DigestDue {
  /** ISO 8601, such as `2026-W48`: that of the day on which it fell due. */
  week: string
  fromMs: number
  dueMs: number
}

/** The digest that fell due last. Digests tell of spans that touch: from one due time to the next. */
export function latestDigestDue(schedule: DigestSchedule, nowMs: number): DigestDue {
  const { timezone } = schedule
  const [hour = 0, minute = 0] = schedule.at.split(':').map(Number)
  const today = Math.floor(wallMs(nowMs, timezone) / DAY_MS)
  const daysBack = (weekdayOf(today) - WEEKDAYS.indexOf(schedule.weekday) + 7) % 7
  const ofThisWeek = (today - daysBack) * DAY_MS + (hour * 60 + minute) * 60_000
  const isPast = instantOf(ofThisWeek, timezone) <= nowMs
  const due = isPast ? ofThisWeek : ofThisWeek - WEEK_MS
  return { week: weekOf(due), fromMs: instantOf(due - WEEK_MS, timezone), dueMs: instantOf(due, timezone) }
}

/** 0 for Monday, of a day counted from 1 January 1970, which was a Thursday. */
function weekdayOf(day: number): number {
  return (day + 3) % 7
}

/** The week of a wall clock's time. The year of a week is that of its Thursday. Source: ISO 8601. */
function weekOf(wall: number): string {
  const day = Math.floor(wall / DAY_MS)
  const thursday = new Date((day - weekdayOf(day) + 3) * DAY_MS)
  const year = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / WEEK_MS) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}

/** What a clock on the wall shows, as if it were UTC. */
function wallMs(ms: number, timezone: string): number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}

/** When a clock on the wall shows this. A time that a change of clocks leaves out counts as one next to it. */
function instantOf(wall: number, timezone: string): number {
  const guess = wall - (wallMs(wall, timezone) - wall)
  return guess - (wallMs(guess, timezone) - wall)
}
