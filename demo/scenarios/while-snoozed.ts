import { errorTextWaitPasses, mergeWindowPasses, onIncident, operatorAsks } from './acts.ts'
import { SNOOZED } from './quieted.ts'
import type { Expectation, Scenario } from './scenario.ts'
import { BUSY, deletes, edits, errorText, masterOperation } from './slack-acts.ts'

/** A snooze that was ended: rung again, and the note says why. */
const WOKEN: Expectation = {
  state: 'handed-over',
  reasons: ['busy'],
  effects: [...SNOOZED.effects, 'snooze 1', 'note'],
  rings: 2,
  noteIncludes: ['Needs you: woken'],
}

const BUSY_BY_NAME = errorText(BUSY, { name: 'error' })

/** What may happen while the page is quiet. */
export const WHILE_SNOOZED: readonly Scenario[] = [
  {
    name: 'kms-update-fails-while-snoozed',
    title: 'busy; while snoozed a kms_update of the cluster fails',
    given: [errorText(BUSY)],
    expect: SNOOZED,
    next: [
      {
        webhook: 'nothing',
        given: [masterOperation('kms_update failed: timed out', { secondsAgo: 0 })],
        expect: { ...WOKEN, reasons: ['kms-update-failed'], noteIncludes: ['Needs you: woken, kms-update-failed'] },
      },
    ],
  },
  {
    name: 'edited-while-snoozed',
    title: 'busy; while snoozed the error text is edited into another one',
    given: [BUSY_BY_NAME],
    expect: SNOOZED,
    next: [
      {
        webhook: 'nothing',
        given: [edits('error', ({ clusterId }) => `cluster ${clusterId()}: certificate has expired`)],
        expect: { ...WOKEN, reasons: ['unrecognised-error'], noteIncludes: ['woken, unrecognised-error'] },
      },
    ],
  },
  {
    name: 'deleted-while-snoozed',
    title: 'busy; while snoozed the error text is deleted, which only leaves a doubt',
    given: [BUSY_BY_NAME],
    expect: SNOOZED,
    next: [
      {
        webhook: 'nothing',
        given: [errorTextWaitPasses, deletes('error')],
        expect: { ...SNOOZED, reasons: ['no-error-text'] },
      },
    ],
  },
  {
    name: 'alert-joins-while-snoozed',
    title: 'busy; while snoozed an alert of another cluster joins with an error that nobody knows',
    given: [errorText(BUSY)],
    expect: SNOOZED,
    next: [
      {
        given: [errorText('unexpected end of key event stream', { cluster: 1 })],
        alerts: [{}, {}],
        incident: 'none',
        expect: { ...WOKEN, reasons: ['busy', 'unrecognised-error'] },
      },
    ],
  },
  {
    name: 'busy-alert-joins-while-snoozed',
    title: 'busy; while snoozed an alert of another busy cluster joins',
    given: [errorText(BUSY)],
    expect: SNOOZED,
    next: [{ given: [errorText(BUSY, { cluster: 1 })], alerts: [{}, {}], incident: 'none', expect: SNOOZED }],
  },
  {
    name: 'human-takes-over-while-snoozed',
    title: 'busy; while snoozed a person takes the incident over',
    given: [errorText(BUSY)],
    expect: SNOOZED,
    next: [
      {
        webhook: 'nothing',
        given: [onIncident((pagerduty, id) => pagerduty.humanReassigns(id))],
        // Reassigning rings the one it goes to.
        expect: { ...SNOOZED, state: 'handed-over', rings: 2 },
      },
    ],
  },
  {
    name: 'human-notes-while-snoozed',
    title: 'busy; while snoozed a person writes a note',
    given: [errorText(BUSY)],
    expect: SNOOZED,
    next: [
      {
        webhook: 'nothing',
        given: [onIncident((pagerduty, id) => pagerduty.humanNotes(id, 'I have this one.'))],
        expect: { ...SNOOZED, state: 'handed-over' },
      },
    ],
  },
  {
    name: 'resolved-in-pagerduty-while-snoozed',
    title: 'busy; while snoozed a person resolves the incident, and the alert still fires',
    given: [errorText(BUSY)],
    expect: SNOOZED,
    next: [
      {
        webhook: 'nothing',
        given: [onIncident((pagerduty, id) => pagerduty.humanResolves(id))],
        expect: { ...SNOOZED, state: 'handed-over', refusals: ['incident-resolved'] },
      },
    ],
  },
]

/** What operators do by hand, over the API. */
export const BY_HAND: readonly Scenario[] = [
  {
    name: 'woken-by-hand',
    title: 'busy; an operator wakes it',
    given: [errorText(BUSY)],
    expect: SNOOZED,
    next: [{ webhook: 'nothing', given: [operatorAsks('wake')], expect: WOKEN }],
  },
  {
    name: 'handed-over-by-hand',
    title: 'busy; an operator hands it over',
    given: [errorText(BUSY)],
    expect: SNOOZED,
    next: [{ webhook: 'nothing', given: [operatorAsks('hand-over')], expect: WOKEN }],
  },
  {
    name: 'snoozed-by-hand',
    title: 'an error text that nobody knows; an operator snoozes it by hand',
    given: [errorText('unexpected end of key event stream')],
    expect: { state: 'handed-over', reasons: ['unrecognised-error'], effects: ['note'] },
    next: [
      {
        webhook: 'nothing',
        given: [operatorAsks('snooze', { duration: '2h' })],
        expect: {
          ...SNOOZED,
          reasons: ['unrecognised-error'],
          effects: ['note', ...SNOOZED.effects],
          noteIncludes: ['Snoozed 2 h by demo'],
        },
      },
    ],
  },
  {
    name: 'snooze-by-hand-refused',
    title: 'busy, but customers are affected; an operator may not snooze it either',
    given: [errorText(BUSY)],
    alerts: [{ labels: { tip_customer_impacting: 'true' } }],
    expect: { state: 'handed-over', reasons: ['busy'], refusals: ['customer-impacting'], effects: ['note'] },
    next: [
      {
        webhook: 'nothing',
        given: [operatorAsks('snooze', { status: 409, error: 'customer-impacting' }), mergeWindowPasses],
        expect: { state: 'handed-over', reasons: ['busy'], refusals: ['customer-impacting'], effects: ['note'] },
      },
    ],
  },
]
