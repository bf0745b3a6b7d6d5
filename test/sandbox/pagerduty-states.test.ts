import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { at, listAt, type PagerdutyAccount, startPagerduty } from './pagerduty-account.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

let account: PagerdutyAccount
let id: string

beforeEach(async () => {
  account = await startPagerduty()
  id = account.pagerduty.trigger({ dedupKey: 'key-1' }).id
})
afterEach(() => account.close())

function update(fields: Record<string, unknown>) {
  return account.call('PUT', `/incidents/${id}`, { body: { incident: { type: 'incident_reference', ...fields } } })
}

function acknowledge() {
  return update({ status: 'acknowledged' })
}

function snooze(seconds: number) {
  return account.call('POST', `/incidents/${id}/snooze`, { body: { duration: seconds } })
}

test('a new incident rings the first level at once, and the second after its timeout', () => {
  expect(account.rung(id)).toEqual(['PADA001'])
  account.clock.jump(30 * MINUTE_MS)
  expect(account.rung(id)).toEqual(['PADA001', 'PGRACE1'])
  expect(account.effects(id)).toEqual(['incident system', 'escalate system'])
  account.clock.jump(24 * HOUR_MS)
  expect(account.rung(id)).toHaveLength(2)
})

test('an acknowledgement holds for the timeout of the service, then the incident rings again', async () => {
  const answer = await acknowledge()
  expect(at(answer.body, 'incident.pending_actions.0.type')).toBe('unacknowledge')
  account.clock.jump(30 * MINUTE_MS - SECOND_MS)
  expect(account.pagerduty.incident(id).status).toBe('acknowledged')
  account.clock.jump(SECOND_MS)
  expect(account.pagerduty.incident(id).status).toBe('triggered')
  expect(account.rung(id)).toEqual(['PADA001', 'PADA001'])
})

test('an acknowledgement holds for ever if the service has no timeout', async () => {
  account.pagerduty.settings.acknowledgementTimeoutSeconds = null
  const answer = await acknowledge()
  account.clock.jump(24 * HOUR_MS)
  expect(listAt(answer.body, 'incident.pending_actions')).toEqual([])
  expect(account.pagerduty.incident(id).status).toBe('acknowledged')
})

describe('a snooze', () => {
  beforeEach(async () => {
    await acknowledge()
  })

  test('is answered with 201 and the acknowledged incident, whose only pending action is its end', async () => {
    const answer = await snooze(7200)
    expect(answer.status).toBe(201)
    expect(at(answer.body, 'incident.status')).toBe('acknowledged')
    const until = account.pagerduty.incident(id).unacknowledgeAt?.toISOString() ?? ''
    expect(at(answer.body, 'incident.pending_actions')).toEqual([
      { type: 'unacknowledge', at: `${until.slice(0, 19)}Z` },
    ])
    expect(account.ledger.of('snooze', id)).toMatchObject([{ actor: 'responder', detail: { seconds: 7200, until } }])
  })

  test('ends when due, with that time on every trace of it, and rings the assignee anew', async () => {
    await snooze(7200)
    const until = account.pagerduty.incident(id).unacknowledgeAt?.toISOString()
    account.clock.jump(2 * HOUR_MS + 10 * MINUTE_MS)
    const incident = account.pagerduty.incident(id)
    expect(incident.status).toBe('triggered')
    expect(incident.acknowledgements).toEqual([])
    expect(account.rung(id)).toEqual(['PADA001', 'PADA001'])
    expect(account.ledger.of('unacknowledge', id)).toMatchObject([{ at: until, actor: 'system' }])
    expect(account.pagerduty.rings(id).at(-1)?.at).toBe(until)
    expect(incident.log.findLast(({ type }) => type === 'unacknowledge')?.at.toISOString()).toBe(until)
  })

  test('of one second ends by itself in real time', async () => {
    await snooze(1)
    const ended = new Promise<string>((resolve) => account.pagerduty.onEvent((event) => resolve(event.event_type)))
    expect(await ended).toBe('incident.unacknowledged')
    expect(account.pagerduty.incident(id).status).toBe('triggered')
  })

  test('can be renewed, which moves its end', async () => {
    await snooze(7200)
    account.clock.jump(HOUR_MS)
    await snooze(7200)
    account.clock.jump(HOUR_MS + MINUTE_MS)
    expect(account.pagerduty.incident(id).status).toBe('acknowledged')
    expect(account.rung(id)).toHaveLength(1)
  })

  test('outlives a second acknowledgement by the same user, which is seen on the ledger', async () => {
    await snooze(7200)
    await acknowledge()
    account.clock.jump(HOUR_MS)
    expect(account.pagerduty.incident(id).status).toBe('acknowledged')
    expect(account.ledger.of('acknowledge', id).map(({ detail }) => detail.repeated)).toEqual([undefined, true])
  })

  test('ends with the acknowledgement of another user, who has the timeout of the service', async () => {
    await snooze(7200)
    account.pagerduty.humanAcknowledges(id)
    expect(account.pagerduty.incident(id).acknowledgements).toHaveLength(2)
    account.clock.jump(30 * MINUTE_MS)
    expect(account.pagerduty.incident(id).status).toBe('triggered')
  })

  test.each([
    { name: 'a reassignment', act: () => account.pagerduty.humanReassigns(id), rung: 'PGRACE1', effect: 'reassign' },
    { name: 'an escalation', act: () => account.pagerduty.humanEscalates(id), rung: 'PGRACE1', effect: 'escalate' },
    {
      name: 'a re-trigger by hand',
      act: () => account.pagerduty.humanTriggers(id),
      rung: 'PADA001',
      effect: 'trigger',
    },
  ])('ends with $name, which rings', async ({ act, rung, effect }) => {
    await snooze(7200)
    act()
    expect(account.pagerduty.incident(id)).toMatchObject({
      status: 'triggered',
      snoozedBy: null,
      unacknowledgeAt: null,
    })
    expect(account.rung(id)).toEqual(['PADA001', rung])
    expect(account.effects(id).at(-1)).toBe(`${effect} human`)
  })

  test('ends for good when monitoring resolves the alert', async () => {
    await snooze(7200)
    account.pagerduty.resolve('key-1')
    account.clock.jump(3 * HOUR_MS)
    expect(account.pagerduty.incident(id).status).toBe('resolved')
    expect(account.rung(id)).toHaveLength(1)
  })
})

describe('an update by the API', () => {
  test.each([
    { name: 'status triggered', fields: { status: 'triggered' }, rung: 'PADA001', effect: 'trigger' },
    {
      name: 'its own escalation policy',
      fields: { escalation_policy: { id: 'PPOLICY', type: 'escalation_policy_reference' } },
      rung: 'PADA001',
      effect: 'reassign',
    },
    { name: 'another level', fields: { escalation_level: 2 }, rung: 'PGRACE1', effect: 'escalate' },
    {
      name: 'another assignee',
      fields: { assignments: [{ assignee: { id: 'PGRACE1', type: 'user_reference' } }] },
      rung: 'PGRACE1',
      effect: 'reassign',
    },
  ])('with $name triggers an acknowledged incident again and rings', async ({ fields, rung, effect }) => {
    await acknowledge()
    const answer = await update(fields)
    expect(answer.status).toBe(200)
    expect(at(answer.body, 'incident.status')).toBe('triggered')
    expect(account.rung(id)).toEqual(['PADA001', rung])
    expect(account.effects(id).at(-1)).toBe(`${effect} responder`)
  })

  test('with an assignee stops the escalation', async () => {
    const answer = await update({ assignments: [{ assignee: { id: 'PADA001', type: 'user_reference' } }] })
    expect(at(answer.body, 'incident.assigned_via')).toBe('direct_assignment')
    account.clock.jump(24 * HOUR_MS)
    expect(account.rung(id)).toEqual(['PADA001', 'PADA001'])
  })

  test('acts as the user that From names', async () => {
    const body = { incident: { type: 'incident_reference', status: 'acknowledged' } }
    await account.call('PUT', `/incidents/${id}`, { body, headers: { from: 'grace@example.com' } })
    expect(account.ledger.of('acknowledge', id)).toMatchObject([{ actor: 'responder', detail: { user: 'PGRACE1' } }])
  })
})

test('a human who snoozes a triggered incident acknowledges it first', () => {
  account.pagerduty.humanSnoozes(id, 3600)
  expect(account.effects(id)).toEqual(['incident system', 'acknowledge human', 'snooze human'])
})
