import { describe, expect, test } from '@jest/globals'
import { incidentSchema, logEntrySchema } from '../../src/clients/pagerduty-schema.ts'
import { ownIdOf, ownSnoozedAtMs, toHumanActs, toIncident } from '../../src/evidence/incident-lookup.ts'
import { NOW_MS } from '../support/builders.ts'

const KEY = 'abc123'
const ASK = { dedupKey: KEY, nowMs: NOW_MS }
const OWN = { email: 'responder@example.com', id: 'POWN' }

function raw(change: object = {}) {
  return incidentSchema.parse({ id: 'Q1', status: 'triggered', incident_key: KEY, ...change })
}

function entry(type: string, agent: object | null, change: object = {}) {
  return logEntrySchema.parse({ type, created_at: '2026-11-22T12:00:00Z', agent, ...change })
}

const ADA = { id: 'PADA', type: 'user_reference', summary: 'Ada' }

describe('an incident of PagerDuty', () => {
  test('with nothing but its id and status is one', () => {
    expect(toIncident(raw(), ASK)).toMatchObject({
      id: 'Q1',
      status: 'triggered',
      priority: null,
      assignees: [],
      sharedWhy: null,
      humanActs: null,
      unacknowledgeAtMs: null,
      readAtMs: NOW_MS,
    })
  })

  test('tells its priority, its people and when it rings again', () => {
    const incident = toIncident(
      raw({
        priority: { id: 'P', summary: 'P1' },
        assignments: [{ assignee: ADA }],
        acknowledgements: [{ at: '2026-11-22T11:00:00Z', acknowledger: ADA }],
        pending_actions: [
          { type: 'escalate', at: '2026-11-22T12:30:00Z' },
          { type: 'unacknowledge', at: '2026-11-22T14:00:00Z' },
        ],
      }),
      ASK,
    )
    expect(incident).toMatchObject({
      priority: 'P1',
      assignees: ['Ada'],
      acknowledgers: [{ id: 'PADA', atMs: Date.parse('2026-11-22T11:00:00Z') }],
      escalateAtMs: Date.parse('2026-11-22T12:30:00Z'),
      unacknowledgeAtMs: Date.parse('2026-11-22T14:00:00Z'),
    })
  })

  test.each([
    ['another key', { incident_key: 'other' }, /another key/],
    ['a responder request', { responder_requests: [{}] }, /responders/],
    ['responders', { incidents_responders: [{}] }, /responders/],
    ['a conference number', { conference_bridge: { conference_number: '1' } }, /bridge/],
    ['a conference link', { conference_bridge: { conference_url: 'https://x' } }, /bridge/],
  ])('with %s is shared', (_name, change, why) => {
    expect(toIncident(raw(change), ASK).sharedWhy).toMatch(why)
  })

  test.each([
    ['no key of its own', { incident_key: null }],
    ['an empty bridge', { conference_bridge: { conference_number: null, conference_url: '' } }],
    ['empty lists', { responder_requests: [], incidents_responders: [] }],
  ])('with %s is not shared', (_name, change) => {
    expect(toIncident(raw(change), ASK).sharedWhy).toBeNull()
  })

  test('names our own user where we acknowledged it, in whatever case', () => {
    const acknowledger = { id: 'POWN', email: 'Responder@Example.com' }
    expect(ownIdOf(raw({ acknowledgements: [{ at: '2026-11-22T11:00:00Z', acknowledger }] }), OWN.email)).toBe('POWN')
    expect(ownIdOf(raw(), OWN.email)).toBeNull()
  })
})

describe('what people did', () => {
  test.each([
    'acknowledge_log_entry',
    'snooze_log_entry',
    'assign_log_entry',
    'escalate_log_entry',
    'annotate_log_entry',
    'some_new_log_entry',
  ])('%s of a user counts', (type) => {
    expect(toHumanActs([entry(type, ADA)], OWN)).toEqual([
      { who: 'Ada', what: type.replace('_log_entry', ''), atMs: Date.parse('2026-11-22T12:00:00Z') },
    ])
  })

  test.each([
    ['our own', entry('acknowledge_log_entry', { ...ADA, id: 'POWN' })],
    ['of a service', entry('trigger_log_entry', { id: 'PS', type: 'service_reference' })],
    ['an escalation by time-out', entry('escalate_log_entry', { id: 'PE', type: 'escalation_policy_reference' })],
    ['of an integration', entry('annotate_log_entry', { id: 'PI', type: 'inbound_integration_reference' })],
    ['of nobody', entry('unacknowledge_log_entry', null)],
    ['a notification of a user', entry('notify_log_entry', ADA)],
  ])('does not count: %s', (_name, one) => {
    expect(toHumanActs([one], OWN)).toEqual([])
  })

  test('is told oldest first', () => {
    const late = entry('annotate_log_entry', ADA)
    const early = entry('acknowledge_log_entry', ADA, { created_at: '2026-11-22T11:00:00Z' })
    expect(toHumanActs([late, early], OWN).map(({ what }) => what)).toEqual(['acknowledge', 'annotate'])
  })
})

describe('a snooze of ours on an incident', () => {
  const us = { id: 'POWN', type: 'user_reference' }
  const at = (minute: number) => ({ created_at: `2026-11-22T12:0${minute}:00Z` })
  const snoozed = entry('snooze_log_entry', us, at(1))

  test.each([
    ['the newest that holds it', [entry('acknowledge_log_entry', us, at(0)), snoozed], true],
    ['acknowledged in the same second', [snoozed, entry('acknowledge_log_entry', us, at(1))], true],
    [
      'followed by notes and notifications',
      [snoozed, entry('annotate_log_entry', us, at(2)), entry('notify_log_entry', null, at(3))],
      true,
    ],
    ['over', [snoozed, entry('unacknowledge_log_entry', null, at(2))], false],
    ['ended by an acknowledgement', [snoozed, entry('acknowledge_log_entry', ADA, at(2))], false],
    ['followed by that of a person', [snoozed, entry('snooze_log_entry', ADA, at(2))], false],
    ['not there', [entry('acknowledge_log_entry', us, at(0))], false],
  ])('that is %s', (_what, entries, isStanding) => {
    expect(ownSnoozedAtMs(entries, OWN)).toBe(isStanding ? Date.parse('2026-11-22T12:01:00Z') : null)
    expect(ownSnoozedAtMs(entries, { ...OWN, id: null })).toBeNull()
  })
})
