import { describe, expect, test } from '@jest/globals'
import { humanOutcome } from '../../src/backtest/human-outcome.ts'
import type { RawLogEntry, RawNote } from '../../src/clients/pagerduty-schema.ts'
import { NOW_MS } from '../support/builders.ts'
import { aNote, anEntry, byService, OWN } from './past.ts'

interface Row {
  title: string
  log: RawLogEntry[]
  notes?: RawNote[]
  /** What counts as work. */
  work: string[]
}

const AT = NOW_MS + 60_000

const ROWS: Row[] = [
  { title: 'nothing', log: [], work: [] },
  { title: 'an acknowledgement', log: [anEntry('acknowledge')], work: [] },
  { title: 'a snooze', log: [anEntry('acknowledge'), anEntry('snooze')], work: [] },
  { title: 'an escalation by a person', log: [anEntry('escalate')], work: ['Ada escalated it'] },
  { title: 'an escalation by time-out', log: [byService('escalate')], work: [] },
  { title: 'a reassignment', log: [anEntry('assign')], work: ['Ada reassigned it'] },
  { title: 'a resolve by hand', log: [anEntry('resolve')], work: ['Ada resolved it by hand'] },
  { title: 'a resolve by monitoring', log: [byService('resolve')], work: [] },
  { title: 'a person who makes it ring again', log: [anEntry('unacknowledge')], work: ['Ada made it ring again'] },
  { title: 'a new priority', log: [anEntry('priority_change')], work: ['Ada changed its priority'] },
  { title: 'a request for responders', log: [anEntry('responder_request')], work: ['Ada asked for responders'] },
  { title: 'a status update', log: [anEntry('status_update')], work: ['Ada published a status update'] },
  { title: 'an entry of an unknown kind', log: [anEntry('teleport')], work: ['Ada did what PagerDuty calls teleport'] },
  { title: 'notifications', log: [anEntry('notify'), byService('notify')], work: [] },
  {
    title: 'a note',
    log: [anEntry('annotate')],
    notes: [aNote('restarted the KMS pod')],
    work: ['Ada noted "restarted the KMS pod"'],
  },
  { title: 'a note without its log entry', log: [], notes: [aNote('restarted')], work: ['Ada noted "restarted"'] },
  { title: 'a note that is gone', log: [anEntry('annotate')], work: ['Ada wrote a note that is gone'] },
  ...['ack', 'Acked.', 'acknowledged', 'snoozed for 2h', 'snoozing it for 30 minutes', 'looking', 'on it!'].map(
    (content) => ({
      title: `a note that says only "${content}"`,
      log: [anEntry('annotate')],
      notes: [aNote(content)],
      work: [],
    }),
  ),
  ...['acked, called the customer', 'snoozed 2h because etcd is down', 'looking at the hub'].map((content) => ({
    title: `a note that says "${content}"`,
    log: [anEntry('annotate')],
    notes: [aNote(content)],
    work: [`Ada noted "${content}"`],
  })),
  {
    title: "the responder's own acts, by id",
    log: [
      anEntry('acknowledge', { agent: OWN }),
      anEntry('annotate', { agent: OWN }),
      anEntry('assign', { agent: OWN }),
    ],
    notes: [aNote('Snoozed 2 h', { user: OWN })],
    work: [],
  },
  {
    title: "the responder's own note, by its mark",
    log: [],
    notes: [aNote('Needs you: x\nkp-responder:note/Q1/1', { user: { id: 'POTHER' } })],
    work: [],
  },
]

describe('what people did', () => {
  test.each(ROWS)('$title', ({ log, notes = [], work }) => {
    const seen = humanOutcome({ log, notes }, OWN.id).work.map(({ who, what }) => `${who} ${what}`)
    expect(seen).toEqual(work)
  })

  test('tells when, oldest first, and when it ended', () => {
    const late = { created_at: AT + 1_000 }
    expect(
      humanOutcome(
        { log: [anEntry('escalate', late), anEntry('assign'), byService('resolve', late)], notes: [] },
        null,
      ),
    ).toEqual({
      work: [
        { who: 'Ada', what: 'reassigned it', atMs: AT },
        { who: 'Ada', what: 'escalated it', atMs: AT + 1_000 },
      ],
      wasQuieted: false,
      resolvedAtMs: AT + 1_000,
    })
  })

  test('knows that it was only quieted', () => {
    expect(humanOutcome({ log: [anEntry('snooze')], notes: [] }, null).wasQuieted).toBe(true)
  })
})
