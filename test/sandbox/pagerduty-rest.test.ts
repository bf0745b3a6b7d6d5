import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { at, type CallOptions, listAt, type PagerdutyAccount, startPagerduty } from './pagerduty-account.ts'

const ACKNOWLEDGE = { incident: { type: 'incident_reference', status: 'acknowledged' } }
const DAY_MS = 24 * 60 * 60 * 1000

let account: PagerdutyAccount
let id: string

beforeEach(async () => {
  account = await startPagerduty()
  id = account.pagerduty.trigger({ dedupKey: 'key-1', summary: 'Processing errors' }).id
})
afterEach(() => account.close())

describe('refuses', () => {
  interface Row {
    name: string
    method?: string
    path?: string
    options?: CallOptions
    status: number
    code: number
  }
  const rows: Row[] = [
    { name: 'a call without a token', options: { headers: { authorization: undefined } }, status: 401, code: 2006 },
    { name: 'another token', options: { headers: { authorization: 'Token token=no' } }, status: 401, code: 2006 },
    { name: 'another version', options: { headers: { accept: 'application/json' } }, status: 406, code: 2001 },
    { name: 'an unknown incident', path: '/incidents/QNONE', status: 404, code: 2100 },
    { name: 'an unknown route', path: '/incidents/ID/nothing', status: 404, code: 2100 },
    { name: 'a status that does not exist', path: '/incidents?statuses[]=snoozed', status: 400, code: 2001 },
    { name: 'an inclusion that does not exist', path: '/incidents?include[]=alerts', status: 400, code: 2001 },
    { name: 'a limit that is no number', path: '/incidents?limit=all', status: 400, code: 2001 },
    { name: 'a page beyond the 10,000th', path: '/incidents?limit=100&offset=9901', status: 400, code: 2001 },
    { name: 'a window over six months', path: '/incidents?since=2020-01-01T00:00:00Z', status: 400, code: 2001 },
    { name: 'sorting by an unknown field', path: '/incidents?sort_by=colour', status: 400, code: 2001 },
    {
      name: 'a write without From',
      method: 'PUT',
      options: { body: ACKNOWLEDGE, headers: { from: undefined } },
      status: 400,
      code: 1008,
    },
    {
      name: 'a write from a stranger',
      method: 'PUT',
      options: { body: ACKNOWLEDGE, headers: { from: 'stranger@example.com' } },
      status: 400,
      code: 1008,
    },
    { name: 'a body that is not JSON', method: 'PUT', options: { rawBody: '{' }, status: 400, code: 2001 },
    { name: 'an update without a type', method: 'PUT', options: { body: { incident: {} } }, status: 400, code: 2001 },
    {
      name: 'a level that the policy does not have',
      method: 'PUT',
      options: { body: { incident: { type: 'incident', escalation_level: 3 } } },
      status: 400,
      code: 1006,
    },
    {
      name: 'an empty note',
      method: 'POST',
      path: '/incidents/ID/notes',
      options: { body: { note: { content: ' ' } } },
      status: 400,
      code: 2001,
    },
    {
      name: 'a snooze of a triggered incident',
      method: 'POST',
      path: '/incidents/ID/snooze',
      options: { body: { duration: 7200 } },
      status: 400,
      code: 1012,
    },
    ...[0, 604_801, 1.5, '7200', null].map((duration) => ({
      name: `a snooze of ${JSON.stringify(duration)} seconds`,
      method: 'POST',
      path: '/incidents/ID/snooze',
      options: { body: { duration } },
      status: 400,
      code: 1013,
    })),
  ]
  test.each(rows)('$name', async ({ method = 'GET', path = '/incidents/ID', options = {}, status, code }) => {
    const before = account.ledger.entries().length
    const answer = await account.call(method, path.replace('ID', id), options)
    expect(answer.status).toBe(status)
    expect(at(answer.body, 'error.code')).toBe(code)
    expect(account.ledger.entries()).toHaveLength(before)
  })

  test.each([
    { name: 'an acknowledgement', method: 'PUT', path: '', body: ACKNOWLEDGE },
    { name: 'a re-opening', method: 'PUT', path: '', body: { incident: { type: 'incident', status: 'triggered' } } },
    { name: 'a snooze', method: 'POST', path: '/snooze', body: { duration: 60 } },
  ])('$name of a resolved incident', async ({ method, path, body }) => {
    account.pagerduty.resolve('key-1')
    const answer = await account.call(method, `/incidents/${id}${path}`, { body })
    expect(answer.status).toBe(400)
    expect(at(answer.body, 'error.code')).toBe(1001)
    expect(account.pagerduty.incident(id).status).toBe('resolved')
  })

  test('a second acknowledgement by the same user, where it is told to', async () => {
    account.pagerduty.settings.refusesRepeatedAcknowledge = true
    await account.call('PUT', `/incidents/${id}`, { body: ACKNOWLEDGE })
    const second = await account.call('PUT', `/incidents/${id}`, { body: ACKNOWLEDGE })
    expect(at(second.body, 'error')).toEqual({ code: 1002, message: 'Incident Already Acknowledged' })
  })

  test('more calls than the limit, and says how many seconds to wait', async () => {
    account.pagerduty.settings.rateLimitPerMinute = 1
    const first = await account.call('GET', '/incidents')
    const second = await account.call('GET', '/incidents')
    expect(first.headers.get('ratelimit-remaining')).toBe('0')
    expect(second.status).toBe(429)
    expect(second.body).toEqual({ error: { code: 2020, message: 'Rate Limit Exceeded' } })
    expect(Number(second.headers.get('ratelimit-reset'))).toBeLessThanOrEqual(60)
    account.clock.jump(60_000)
    expect((await account.call('GET', '/incidents')).status).toBe(200)
  })
})

describe('the list of incidents', () => {
  test('finds an incident by the key of its alert, though the incident shows none', async () => {
    account.pagerduty.trigger({ dedupKey: 'key-2' })
    const { body } = await account.call('GET', '/incidents?incident_key=key-1')
    expect(listAt(body, 'incidents')).toHaveLength(1)
    expect(at(body, 'incidents.0.id')).toBe(id)
    expect(at(body, 'incidents.0.incident_key')).toBeNull()
  })

  test('finds it by the key of an alert that was merged in, too', async () => {
    account.pagerduty.mergeForeignAlert(id, 'foreign')
    const { body } = await account.call('GET', '/incidents?incident_key=foreign')
    expect(at(body, 'incidents.0.id')).toBe(id)
    expect(at(body, 'incidents.0.alert_counts.all')).toBe(2)
  })

  test('has old resolved incidents of the same key, unless a status is asked for', async () => {
    account.pagerduty.resolve('key-1')
    const newer = account.pagerduty.trigger({ dedupKey: 'key-1' })
    const all = await account.call('GET', '/incidents?incident_key=key-1&sort_by=created_at:desc')
    expect(listAt(all.body, 'incidents').map((incident) => at(incident, 'id'))).toEqual([newer.id, id])
    const open = await account.call('GET', '/incidents?incident_key=key-1&statuses[]=triggered&statuses[]=acknowledged')
    expect(listAt(open.body, 'incidents').map((incident) => at(incident, 'id'))).toEqual([newer.id])
  })

  test('reaches back one month, and further only when told to', async () => {
    account.clock.jump(40 * DAY_MS)
    const paths = ['/incidents', '/incidents?date_range=all']
    const answers = await Promise.all(paths.map((path) => account.call('GET', path)))
    expect(answers.map(({ body }) => listAt(body, 'incidents').length)).toEqual([0, 1])
  })

  test.each([
    { query: '', count: 25, more: true, total: null },
    { query: 'limit=100', count: 100, more: true, total: null },
    { query: 'limit=500', count: 100, more: true, total: null },
    { query: 'limit=100&offset=100&total=true', count: 20, more: false, total: 120 },
  ])('has pages: $query gives $count', async ({ query, count, more, total }) => {
    for (let index = 2; index <= 120; index += 1) account.pagerduty.trigger({ dedupKey: `key-${index}` })
    const { body } = await account.call('GET', `/incidents?${query}`)
    expect(listAt(body, 'incidents')).toHaveLength(count)
    expect(at(body, 'more')).toBe(more)
    expect(at(body, 'total')).toBe(total)
  })

  test('names acknowledgers with their address only if they are included', async () => {
    account.pagerduty.humanAcknowledges(id)
    const short = await account.call('GET', '/incidents')
    const whole = await account.call('GET', '/incidents?include[]=acknowledgers')
    const path = 'incidents.0.acknowledgements.0.acknowledger'
    expect(at(short.body, `${path}.type`)).toBe('user_reference')
    expect(at(short.body, `${path}.email`)).toBeUndefined()
    expect(at(whole.body, `${path}.email`)).toBe('ada@example.com')
  })
})

describe('one incident', () => {
  test('is found by id and by number', async () => {
    const byNumber = await account.call('GET', '/incidents/1')
    expect(at(byNumber.body, 'incident.id')).toBe(id)
  })

  test.each([['text of the firing alerts'], [{ firing: [{ labels: {} }], num_firing: 1 }], [[1]], [null]])(
    'has alerts whose details are as the event gave them: %j',
    async (details) => {
      account.pagerduty.trigger({ dedupKey: 'other', details, severity: 'warning' })
      const { body } = await account.call('GET', '/incidents/2/alerts?alert_key=other')
      expect(at(body, 'alerts.0.body.details')).toEqual(details)
      expect(at(body, 'alerts.0.alert_key')).toBe('other')
      expect(at(body, 'alerts.0.severity')).toBe('warning')
    },
  )

  test('takes notes, which it lists newest first', async () => {
    account.pagerduty.humanNotes(id, 'first')
    const answer = await account.call('POST', `/incidents/${id}/notes`, { body: { note: { content: 'second' } } })
    expect(answer.status).toBe(200)
    expect(at(answer.body, 'note.user.id')).toBe('PRESPND')
    const { body } = await account.call('GET', `/incidents/${id}/notes`)
    expect(listAt(body, 'notes').map((note) => at(note, 'content'))).toEqual(['second', 'first'])
    expect(account.effects(id)).toEqual(['incident system', 'note human', 'note responder'])
  })

  test('shows the people asked to help and the conference bridge', async () => {
    account.pagerduty.addResponderRequest(id)
    account.pagerduty.setConferenceBridge(id, 'https://conference.example.com/1')
    account.pagerduty.setPriority(id, 'P1')
    const { body } = await account.call('GET', `/incidents/${id}`)
    expect(at(body, 'incident.responder_requests.0.requester.id')).toBe('PADA001')
    expect(at(body, 'incident.incidents_responders.0.user.id')).toBe('PGRACE1')
    expect(at(body, 'incident.conference_bridge.conference_url')).toBe('https://conference.example.com/1')
    expect(at(body, 'incident.priority.summary')).toBe('P1')
  })
})

describe('a bulk update', () => {
  test('acknowledges all of its incidents', async () => {
    const other = account.pagerduty.trigger({ dedupKey: 'key-2' }).id
    const incidents = [id, other].map((each) => ({ id: each, type: 'incident_reference', status: 'acknowledged' }))
    const answer = await account.call('PUT', '/incidents', { body: { incidents } })
    expect(answer.status).toBe(200)
    expect(listAt(answer.body, 'incidents').map((incident) => at(incident, 'status'))).toEqual([
      'acknowledged',
      'acknowledged',
    ])
  })

  test.each([
    { name: 'is unknown', second: 'QNONE', code: 2001 },
    { name: 'is resolved', second: '2', code: 1001 },
  ])('does nothing at all if one incident $name', async ({ second, code }) => {
    account.pagerduty.trigger({ dedupKey: 'key-2' })
    account.pagerduty.resolve('key-2')
    const incidents = [id, second].map((each) => ({ id: each, type: 'incident_reference', status: 'acknowledged' }))
    const answer = await account.call('PUT', '/incidents', { body: { incidents } })
    expect(answer.status).toBe(400)
    expect(at(answer.body, 'error.code')).toBe(code)
    expect(account.pagerduty.incident(id).status).toBe('triggered')
  })

  test('takes 250 incidents and not one more', async () => {
    const incidents = Array.from({ length: 251 }, () => ({ id, type: 'incident_reference', status: 'acknowledged' }))
    expect((await account.call('PUT', '/incidents', { body: { incidents } })).status).toBe(413)
    expect((await account.call('PUT', '/incidents', { body: { incidents: incidents.slice(1) } })).status).toBe(200)
  })
})

describe('the timeline', () => {
  async function types(path: string): Promise<unknown[]> {
    const { body } = await account.call('GET', path)
    return listAt(body, 'log_entries').map((entry) => at(entry, 'type'))
  }

  test('is newest first, and shorter as an overview', async () => {
    await account.call('PUT', `/incidents/${id}`, { body: ACKNOWLEDGE })
    await account.call('POST', `/incidents/${id}/snooze`, { body: { duration: 7200 } })
    account.pagerduty.humanNotes(id, 'looking')
    account.pagerduty.addStatusUpdate(id, 'still looking')
    const overview = [
      'status_update_log_entry',
      'annotate_log_entry',
      'snooze_log_entry',
      'acknowledge_log_entry',
      'trigger_log_entry',
    ]
    expect(await types(`/incidents/${id}/log_entries?is_overview=true`)).toEqual(overview)
    expect(await types(`/incidents/${id}/log_entries`)).toContain('notify_log_entry')
    expect(await types('/log_entries?is_overview=true')).toEqual(overview)
    expect(await types('/log_entries?is_overview=true&limit=2&offset=3')).toEqual(overview.slice(3))
  })

  test('has the seconds of a snooze only with its channels', async () => {
    account.pagerduty.humanSnoozes(id, 7200)
    const short = await account.call('GET', `/incidents/${id}/log_entries`)
    const whole = await account.call('GET', `/incidents/${id}/log_entries?include[]=channels`)
    expect(at(short.body, 'log_entries.0.channel.duration')).toBeUndefined()
    expect(at(whole.body, 'log_entries.0.channel.duration')).toBe(7200)
    expect(at(whole.body, 'log_entries.0.agent.id')).toBe('PADA001')
    const until = account.pagerduty.incident(id).unacknowledgeAt?.toISOString().slice(0, 19)
    expect(at(whole.body, 'log_entries.0.changed_actions.0.at')).toBe(`${until}Z`)
  })

  test('can be asked for a span', async () => {
    account.clock.jump(DAY_MS)
    account.pagerduty.humanNotes(id, 'a day later')
    const middle = new Date(account.clock.now().getTime() - DAY_MS / 2).toISOString()
    expect(await types(`/log_entries?since=${middle}`)).toEqual(['annotate_log_entry'])
    expect(await types(`/log_entries?until=${middle}`)).not.toContain('annotate_log_entry')
  })
})
