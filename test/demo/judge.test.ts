import { describe, expect, test } from '@jest/globals'
import { differences, type Observation } from '../../demo/judge.ts'
import type { Expectation } from '../../demo/scenarios/scenario.ts'

const EXPECTED: Expectation = {
  state: 'snoozed',
  reasons: ['busy'],
  effects: ['acknowledge', 'snooze 7200', 'note'],
  noteIncludes: ['Snoozed 2 h'],
}

const SEEN: Observation = {
  state: 'snoozed',
  reasons: ['busy'],
  refusals: [],
  effects: ['acknowledge', 'snooze 7200', 'note'],
  issues: [],
  lastNote: 'Snoozed 2 h: cluster busy with another KMS action',
  rings: 1,
  incidentId: 'Q0000000000001',
  caseUrl: null,
}

interface Row {
  title: string
  expected?: Partial<Expectation>
  seen?: Partial<Observation>
  faults: string[]
}

const ROWS: Row[] = [
  { title: 'says nothing when all is as expected', faults: [] },
  { title: 'tells a case that is missing', seen: { state: null }, faults: ['state: expected snoozed, is no case'] },
  {
    title: 'tells another state',
    seen: { state: 'handed-over' },
    faults: ['state: expected snoozed, is handed-over'],
  },
  {
    title: 'tells another reason',
    seen: { reasons: ['no-error-text'] },
    faults: ['reasons: expected busy, is no-error-text'],
  },
  {
    title: 'does not mind the order of reasons',
    expected: { reasons: ['unrecognised-error', 'busy'] },
    seen: { reasons: ['busy', 'unrecognised-error'] },
    faults: [],
  },
  {
    title: 'tells a refusal that nobody expects',
    seen: { refusals: ['severity'] },
    faults: ['refusals: expected none, is severity'],
  },
  {
    title: 'tells a refusal that is missing',
    expected: { refusals: ['severity'] },
    faults: ['refusals: expected severity, is none'],
  },
  {
    title: 'tells an effect that was made twice',
    seen: { effects: ['acknowledge', 'snooze 7200', 'snooze 7200', 'note'] },
    faults: ['effects: expected acknowledge, snooze 7200, note, is acknowledge, snooze 7200, snooze 7200, note'],
  },
  {
    title: 'tells a snooze of another length',
    seen: { effects: ['acknowledge', 'snooze 7199', 'note'] },
    faults: ['effects: expected acknowledge, snooze 7200, note, is acknowledge, snooze 7199, note'],
  },
  {
    title: 'takes what is left of a snooze where the rest is expected',
    expected: { effects: ['acknowledge', 'snooze (rest of 7200)', 'note'] },
    seen: { effects: ['acknowledge', 'snooze 7194', 'note'] },
    faults: [],
  },
  {
    title: 'tells a snooze too short to be the rest of one',
    expected: { effects: ['acknowledge', 'snooze (rest of 7200)', 'note'] },
    seen: { effects: ['acknowledge', 'snooze 7100', 'note'] },
    faults: ['effects: expected acknowledge, snooze (rest of 7200), note, is acknowledge, snooze 7100, note'],
  },
  { title: 'takes a second ring that is expected', expected: { rings: 2 }, seen: { rings: 2 }, faults: [] },
  {
    title: 'tells an issue that nobody expects',
    seen: { issues: ['open, 0 comments'] },
    faults: ['issues: expected none, is open, 0 comments'],
  },
  {
    title: 'tells an issue that was opened twice',
    expected: { issues: ['open, 0 comments'] },
    seen: { issues: ['open, 0 comments', 'open, 0 comments'] },
    faults: ['issues: expected open, 0 comments, is open, 0 comments; open, 0 comments'],
  },
  { title: 'takes no case where none is expected', expected: { state: null }, seen: { state: null }, faults: [] },
  { title: 'tells a person who was rung again', seen: { rings: 2 }, faults: ['rings: expected 1, is 2'] },
  {
    title: 'tells what the note leaves out',
    seen: { lastNote: 'Needs you' },
    faults: ['note: does not say "Snoozed 2 h"'],
  },
]

describe('the judge of a scenario', () => {
  test.each(ROWS)('$title', ({ expected, seen, faults }) => {
    expect(differences({ ...EXPECTED, ...expected }, { ...SEEN, ...seen })).toEqual(faults)
  })
})
