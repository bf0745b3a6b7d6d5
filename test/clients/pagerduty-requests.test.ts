import { afterEach, describe, expect, test } from '@jest/globals'
import { NOW_MS } from '../support/builders.ts'
import { FROM, type PagerdutyServer, sendJson, startServerOf, TOKEN } from './pagerduty-server.ts'

const INCIDENT = { id: 'Q1', status: 'acknowledged', escalation_policy: { id: 'P1' } }

let server: PagerdutyServer | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

async function start(...[answer]: Parameters<typeof startServerOf>): Promise<PagerdutyServer> {
  server = await startServerOf(answer)
  return server
}

describe('a request', () => {
  test('carries token and version, and the acting user where it writes', async () => {
    const { client, seen } = await start((_request, response) => sendJson(response, 200, { incident: INCIDENT }))
    await client.incident('Q1')
    await client.acknowledge('Q1')
    expect(seen.map(({ headers }) => [headers.authorization, headers.accept, headers.from])).toEqual([
      [`Token token=${TOKEN}`, 'application/vnd.pagerduty+json;version=2', undefined],
      [`Token token=${TOKEN}`, 'application/vnd.pagerduty+json;version=2', FROM],
    ])
  })

  test('is what each write means and no more', async () => {
    const { client, seen } = await start(({ url }, response) =>
      sendJson(
        response,
        200,
        url.endsWith('/notes') ? { note: { id: 'N1', content: 'x' } } : { incident: INCIDENT, incidents: [] },
      ),
    )
    await expect(client.assignToOwnPolicy('Q1', 'P2')).rejects.toMatchObject({ code: 'rejected' })
    await client.acknowledge('Q1')
    await client.acknowledgeAll(['Q1', 'Q2'])
    await client.trigger('Q1')
    await client.assignToOwnPolicy('Q1', 'P1')
    await expect(client.assignToOwnPolicy('Q1', 'P2')).rejects.toMatchObject({ code: 'rejected' })
    await expect(client.assignToOwnPolicy('Q2', 'P1')).rejects.toMatchObject({ code: 'rejected' })
    await client.snooze('Q1', 7_200)
    await client.addNote('Q1', 'words')
    expect(seen.map(({ method, url, body }) => `${method} ${url} ${body}`)).toEqual([
      'PUT /incidents/Q1 {"incident":{"type":"incident_reference","status":"acknowledged"}}',
      'PUT /incidents {"incidents":[{"id":"Q1","type":"incident_reference","status":"acknowledged"},{"id":"Q2","type":"incident_reference","status":"acknowledged"}]}',
      'PUT /incidents/Q1 {"incident":{"type":"incident_reference","status":"triggered"}}',
      'PUT /incidents/Q1 {"incident":{"type":"incident_reference","escalation_policy":{"id":"P1","type":"escalation_policy_reference"}}}',
      'POST /incidents/Q1/snooze {"duration":7200}',
      'POST /incidents/Q1/notes {"note":{"content":"words"}}',
    ])
  })

  test('for open incidents asks for any age, newest first', async () => {
    const { client, seen } = await start((_request, response) => sendJson(response, 200, { incidents: [INCIDENT] }))
    await expect(client.openIncidents('k&e=y')).resolves.toMatchObject([INCIDENT])
    const query = new URL(seen[0]?.url ?? '', 'http://x').searchParams
    expect(query.get('incident_key')).toBe('k&e=y')
    expect(query.getAll('statuses[]')).toEqual(['triggered', 'acknowledged'])
    expect(query.get('date_range')).toBe('all')
    expect(query.get('sort_by')).toBe('created_at:desc')
  })

  test('for a log reads page after page, and says so when it stopped before the end', async () => {
    const entry = { type: 'notify_log_entry', created_at: '2026-11-22T12:00:00Z' }
    const pages = await start(({ url }, response) =>
      sendJson(response, 200, {
        log_entries: [entry],
        more: Number(new URL(url, 'http://x').searchParams.get('offset')) < 200,
      }),
    )
    await expect(pages.client.logEntries('Q1')).resolves.toMatchObject({ items: { length: 3 }, isComplete: true })
    await pages.close()
    const endless = await start((_request, response) => sendJson(response, 200, { log_entries: [entry], more: true }))
    await expect(endless.client.logEntries('Q1')).resolves.toMatchObject({ items: { length: 10 }, isComplete: false })
  })

  test('for many incidents at once asks for what was made since a time, oldest first, with the keys of their triggers', async () => {
    const { client, seen } = await start((_request, response) =>
      sendJson(response, 200, { incidents: [INCIDENT], more: seen.length === 1 }),
    )
    await expect(client.openIncidentsPage(NOW_MS, 2)).resolves.toMatchObject({ items: [INCIDENT], isComplete: false })
    await expect(client.openIncidentsPage(null, 0)).resolves.toMatchObject({ isComplete: true })
    const [since, all] = seen.map(({ url }) => new URL(url, 'http://x').searchParams)
    expect(since?.get('since')).toBe(new Date(NOW_MS).toISOString())
    expect(since?.get('offset')).toBe('200')
    expect(all?.get('date_range')).toBe('all')
    for (const query of [since, all]) {
      expect(query?.getAll('statuses[]')).toEqual(['triggered', 'acknowledged'])
      expect(query?.getAll('include[]')).toEqual(['acknowledgers', 'first_trigger_log_entries'])
      expect(query?.get('sort_by')).toBe('created_at:asc')
    }
  })

  test('for the log of the account asks for keys, and reads which incident each entry is of', async () => {
    const entry = {
      type: 'trigger_log_entry',
      created_at: '2026-11-22T12:00:00Z',
      incident: { id: 'Q1' },
      channel: { type: 'api', incident_key: 'key' },
    }
    const { client, seen } = await start((_request, response) => sendJson(response, 200, { log_entries: [entry] }))
    await expect(client.accountLogPage(NOW_MS, 3)).resolves.toMatchObject({
      items: [{ incident: { id: 'Q1' }, channel: { incident_key: 'key' } }],
      isComplete: true,
    })
    const query = new URL(seen[0]?.url ?? '', 'http://x').searchParams
    expect(query.getAll('include[]')).toEqual(['channels'])
    expect([query.get('since'), query.get('offset')]).toEqual([new Date(NOW_MS).toISOString(), '300'])
  })

  test("gives the end of a snooze by PagerDuty's own clock, or by ours where it tells none that can be read", async () => {
    const dates = ['Sun, 22 Nov 2026 13:00:00 GMT', 'garbage']
    const { client, seen } = await start((_request, response) =>
      sendJson(response, 201, { incident: INCIDENT }, { date: dates[seen.length - 1] ?? '' }),
    )
    expect((await client.snooze('Q1', 5)).serverNowMs).toBe(Date.parse('2026-11-22T13:00:00Z'))
    expect((await client.snooze('Q1', 5)).serverNowMs).toBe(NOW_MS)
  })

  test('is counted by its operation and outcome, without the token', async () => {
    const { client, observed, seen } = await start((_request, response) =>
      seen.length === 1 ? sendJson(response, 200, { incident: INCIDENT }) : sendJson(response, 404, {}),
    )
    await client.acknowledge('Q1')
    await expect(client.acknowledge('Q1')).rejects.toMatchObject({ code: 'not-found' })
    expect(observed).toEqual([
      { operation: 'acknowledge', outcome: 'ok' },
      { operation: 'acknowledge', outcome: 'not-found' },
    ])
  })
})
