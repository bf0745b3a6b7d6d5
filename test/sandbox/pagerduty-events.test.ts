import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { PagerdutyEvent } from '../../sandbox/pagerduty/webhook-event.ts'
import { at, type PagerdutyAccount, startPagerduty } from './pagerduty-account.ts'

const PAYLOAD = {
  summary: '[FIRING:1] ArmadaKPEventsProcessingErrors',
  source: 'Alertmanager',
  severity: 'error',
  custom_details: { num_firing: '1', firing: 'Labels:\n - alertname = X\n' },
}

let account: PagerdutyAccount

beforeEach(async () => {
  account = await startPagerduty()
})
afterEach(() => account.close())

function trigger(fields: Record<string, unknown> = {}) {
  return account.enqueue({ event_action: 'trigger', dedup_key: 'key-1', payload: PAYLOAD, ...fields })
}

describe('Events v2', () => {
  test('makes an incident of a trigger and answers 202 with its key', async () => {
    const answer = await trigger()
    expect(answer.status).toBe(202)
    expect(answer.body).toEqual({ status: 'success', message: 'Event processed', dedup_key: 'key-1' })
    const incident = account.pagerduty.byKey('key-1')
    expect(incident).toMatchObject({ status: 'triggered', title: PAYLOAD.summary })
    expect(incident?.alerts[0]?.details).toEqual(PAYLOAD.custom_details)
  })

  test('gives a trigger without a key one', async () => {
    const { body } = await trigger({ dedup_key: undefined })
    const key = String(at(body, 'dedup_key'))
    expect(key).toMatch(/^[0-9a-f]{32}$/)
    expect(account.pagerduty.byKey(key)?.status).toBe('triggered')
  })

  test('merges a second trigger into the open incident, which keeps its title and rings nobody', async () => {
    await trigger()
    await trigger({ payload: { ...PAYLOAD, summary: '[FIRING:2] more' } })
    const incident = account.pagerduty.byKey('key-1')
    expect(account.pagerduty.incidents()).toHaveLength(1)
    expect(incident?.title).toBe(PAYLOAD.summary)
    expect(account.rung(incident?.id ?? '')).toHaveLength(1)
    expect(incident?.log.filter(({ type }) => type === 'trigger')).toHaveLength(2)
  })

  test('makes a new incident after a resolve', async () => {
    await trigger()
    await account.enqueue({ event_action: 'resolve', dedup_key: 'key-1', payload: PAYLOAD })
    await trigger()
    expect(account.pagerduty.incidents().map(({ status }) => status)).toEqual(['resolved', 'triggered'])
  })

  test('resolves the incident only with its last alert', async () => {
    await trigger()
    const { id } = account.pagerduty.byKey('key-1') ?? { id: '' }
    account.pagerduty.mergeForeignAlert(id, 'foreign')
    await account.enqueue({ event_action: 'resolve', dedup_key: 'key-1' })
    expect(account.pagerduty.incident(id).status).toBe('triggered')
    await account.enqueue({ event_action: 'resolve', dedup_key: 'foreign' })
    expect(account.pagerduty.incident(id).status).toBe('resolved')
  })

  test('makes a new incident of a key whose alert is over, though another alert keeps the old incident open', async () => {
    await trigger()
    const { id } = account.pagerduty.byKey('key-1') ?? { id: '' }
    account.pagerduty.mergeForeignAlert(id, 'foreign')
    await account.enqueue({ event_action: 'resolve', dedup_key: 'key-1' })
    await trigger()
    expect(account.pagerduty.incidents()).toHaveLength(2)
    expect(account.pagerduty.byKey('key-1')?.id).not.toBe(id)
  })

  test('acknowledges as the integration, which is no user', async () => {
    await trigger()
    await account.enqueue({ event_action: 'acknowledge', dedup_key: 'key-1' })
    expect(account.effects()).toEqual(['incident system', 'acknowledge system'])
    const { body } = await account.call('GET', '/incidents?include[]=acknowledgers')
    expect(at(body, 'incidents.0.acknowledgements.0.acknowledger.type')).toBe('service_reference')
  })

  test('accepts a resolve of a key that is not open and does nothing', async () => {
    const answer = await account.enqueue({ event_action: 'resolve', dedup_key: 'never seen' })
    expect(answer.status).toBe(202)
    expect(account.ledger.entries()).toEqual([])
  })

  test.each([
    { name: 'a key of 256 characters', fields: { dedup_key: 'k'.repeat(256) } },
    { name: 'an unknown action', fields: { event_action: 'snooze' } },
    { name: 'an unknown severity', fields: { payload: { ...PAYLOAD, severity: 'page' } } },
    { name: 'no summary', fields: { payload: { ...PAYLOAD, summary: undefined } } },
    { name: 'another routing key', fields: { routing_key: 'no' } },
    { name: 'over 512 kB', fields: { payload: { ...PAYLOAD, custom_details: 'x'.repeat(512_000) } } },
  ])('refuses an event with $name', async ({ fields }) => {
    const answer = await trigger(fields)
    expect(answer.status).toBe(400)
    expect(at(answer.body, 'status')).toBe('invalid event')
    expect(account.pagerduty.incidents()).toEqual([])
  })

  test('refuses what is not JSON', async () => {
    expect((await account.enqueue({}, '{')).status).toBe(400)
  })
})

describe('v3 events', () => {
  let events: PagerdutyEvent[]
  let id: string

  beforeEach(() => {
    events = []
    account.pagerduty.onEvent((event) => events.push(event))
    id = account.pagerduty.trigger({ dedupKey: 'key-1', summary: 'Processing errors' }).id
  })

  test.each([
    { type: 'incident.acknowledged', act: () => account.pagerduty.humanAcknowledges(id), agent: 'PADA001' },
    { type: 'incident.reassigned', act: () => account.pagerduty.humanReassigns(id), agent: 'PADA001' },
    { type: 'incident.escalated', act: () => account.pagerduty.humanEscalates(id), agent: 'PADA001' },
    { type: 'incident.escalated', act: () => account.clock.jump(31 * 60_000), agent: undefined },
    { type: 'incident.resolved', act: () => account.pagerduty.resolve('key-1'), agent: 'PSERVIC' },
    { type: 'incident.priority_updated', act: () => account.pagerduty.setPriority(id, 'P2'), agent: 'PADA001' },
  ])('tell of $type by $agent', ({ type, act, agent }) => {
    act()
    expect(events.map(({ event_type }) => event_type)).toEqual(['incident.triggered', type])
    expect(events[1]).toMatchObject({
      resource_type: 'incident',
      client: null,
      data: { id, type: 'incident', number: 1 },
    })
    expect(events[1]?.agent?.id).toBe(agent)
    expect(new Set(events.map((event) => event.id)).size).toBe(2)
  })

  test('show the incident with number and assignees, and neither alerts nor details', () => {
    const { data } = events[0] ?? { data: {} }
    expect(data).toMatchObject({ title: 'Processing errors', status: 'triggered', assignees: [{ id: 'PADA001' }] })
    for (const name of ['alerts', 'body', 'incident_number', 'assignments']) expect(data).not.toHaveProperty(name)
  })

  test('say nothing of a snooze, only of its end', () => {
    account.pagerduty.humanSnoozes(id, 7200)
    account.clock.jump(7_200_000)
    expect(events.map(({ event_type }) => event_type)).toEqual([
      'incident.triggered',
      'incident.acknowledged',
      'incident.unacknowledged',
    ])
    expect(events[2]?.agent).toBeNull()
  })

  test('carry a note with the incident one level down, cut if it is long', () => {
    account.pagerduty.humanNotes(id, 'short')
    account.pagerduty.humanNotes(id, 'x'.repeat(5_000))
    expect(events[1]).toMatchObject({
      event_type: 'incident.annotated',
      data: { type: 'incident_note', incident: { id }, content: 'short', trimmed: false },
    })
    expect(events[2]?.data).toMatchObject({ trimmed: true })
  })

  test('end when the listener is taken away', () => {
    const seen: string[] = []
    const stop = account.pagerduty.onEvent((event) => seen.push(event.event_type))
    account.pagerduty.humanNotes(id, 'one')
    stop()
    account.pagerduty.humanNotes(id, 'two')
    expect(seen).toEqual(['incident.annotated'])
  })
})
