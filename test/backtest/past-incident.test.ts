import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isReadable, readExport, readPastIncident, toExport } from '../../src/backtest/past-incident.ts'
import { NOW_MS } from '../support/builders.ts'
import { aNote, anEntry, aPast } from './past.ts'

const WIRE = {
  id: 'Q1',
  status: 'resolved',
  created_at: '2026-11-22T12:00:00Z',
  alerts: [{ id: 'A1', status: 'resolved' }],
  log_entries: [{ type: 'resolve_log_entry', created_at: '2026-11-22T13:00:00Z' }],
  notes: [],
}

describe("an incident in PagerDuty's shape", () => {
  test('is read with what it holds, its log oldest first', () => {
    const later = { type: 'trigger_log_entry', created_at: '2026-11-22T12:00:00Z' }
    const read = readPastIncident({ ...WIRE, log_entries: [...WIRE.log_entries, later], unknown: 1 })
    expect(isReadable(read) && read.log.map(({ type }) => type)).toEqual(['trigger_log_entry', 'resolve_log_entry'])
  })

  test.each<[string, unknown, string]>([
    ['without alerts', { ...WIRE, alerts: [] }, 'it holds no alert'],
    ['without a list of alerts', { ...WIRE, alerts: undefined }, 'alerts: '],
    ['with alerts of another kind', { ...WIRE, alerts: [1] }, 'alerts.0: '],
    ['without log entries', { ...WIRE, log_entries: [] }, 'it has no log entries'],
    ['with a log entry without a time', { ...WIRE, log_entries: [{ type: 'x' }] }, 'log_entries.0.created_at: '],
    ['of an unknown status', { ...WIRE, status: 'melted' }, 'status: '],
    ['without a time', { ...WIRE, created_at: null }, 'it does not say when'],
    ['with a time that is none', { ...WIRE, created_at: 'yesterday' }, 'created_at: is no time'],
  ])('%s is not readable, and says why', (_title, raw, why) => {
    expect(readPastIncident(raw)).toEqual({ id: 'Q1', why: expect.stringContaining(why) })
  })

  test.each([null, 1, 'x', [], {}])('that is none (%j) is not readable', (raw) => {
    expect(readPastIncident(raw)).toMatchObject({ id: 'without an id' })
  })

  test('of any JSON is read or not, and throws nothing', () => {
    fc.assert(
      fc.property(
        fc.record({
          base: fc.constant(WIRE),
          odd: fc.dictionary(fc.constantFrom(...Object.keys(WIRE)), fc.jsonValue()),
        }),
        ({ base, odd }) => {
          const read = readPastIncident({ ...base, ...odd })
          expect(isReadable(read) || read.why.length > 0).toBe(true)
        },
      ),
    )
  })
})

describe('an export', () => {
  test.each([
    ['nothing', '', 'is no JSON'],
    ['half a file', '{"incidents": [', 'is no JSON'],
    ['a list', '[]', 'has no list "incidents"'],
    ['incidents that are none', '{"incidents": 3}', 'has no list "incidents"'],
  ])('of %s is refused with a clause that says why', (_title, text, why) => {
    expect(readExport(text)).toEqual({ fault: expect.stringContaining(why) })
  })

  test('that was written is read as it was', () => {
    const past = aPast({
      incident: {
        ...aPast().incident,
        acknowledgements: [{ at: NOW_MS, acknowledger: { id: 'PADA' } }],
        pending_actions: [{ type: 'unacknowledge', at: NOW_MS }],
      },
      log: [anEntry('snooze', { changed_actions: [{ type: 'unacknowledge', at: NOW_MS }] })],
      notes: [aNote('words')],
      alerts: [{ id: 'A1', status: 'resolved', body: { details: { created_at: 5, firing: 'x' } } }],
    })
    const read = readExport(toExport({ all: [past], knownToMs: NOW_MS }))
    expect(read).toEqual({
      knownToMs: NOW_MS,
      all: [expect.objectContaining(JSON.parse(JSON.stringify({ ...past, alerts: undefined })) as object)],
    })
    expect(read).toMatchObject({ all: [{ alerts: past.alerts }] })
  })

  test('holds no secret that somebody wrote', () => {
    const note = aNote('used token=hunter2hunter2 and xoxb-12345678-abcdef')
    const text = toExport({ all: [aPast({ notes: [note] })], knownToMs: NOW_MS })
    expect(text).not.toMatch(/hunter2|xoxb-1/)
  })

  test('without a time of its own is known up to its newest entry', () => {
    expect(readExport(JSON.stringify({ incidents: [WIRE] }))).toMatchObject({ knownToMs: NOW_MS + 3_600_000 })
  })
})
