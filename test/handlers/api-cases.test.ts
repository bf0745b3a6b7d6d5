import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { aCase, anAlert, CLUSTER_ID } from './a-case.ts'
import { asOperator, startTestServer, type TestServer } from './test-server.ts'

let running: TestServer

beforeEach(async () => {
  running = await startTestServer({ environment: { PUBLIC_URL: 'https://responder.example.com' } })
})
afterEach(() => running.close())

async function store(...cases: ReturnType<typeof aCase>[]): Promise<void> {
  for (const subject of cases) await running.store.saveCase(subject, { mergedUpTo: null, isSettled: true })
}

async function get(url: string) {
  const { statusCode, body } = await running.server.inject({ url, headers: asOperator })
  return { statusCode, body: JSON.parse(body) as Record<string, unknown> }
}

function ids(body: Record<string, unknown>): string[] {
  return (body.cases as { id: string }[]).map(({ id }) => id)
}

describe('a case in JSON', () => {
  test('has what the contract promises', async () => {
    await store(aCase())
    const { statusCode, body } = await get('/api/cases/case-1')
    expect(statusCode).toBe(200)
    expect(body).toMatchObject({
      id: 'case-1',
      dedupKey: '1239916f7bd6a326b86cfdaf715c9a1d033cc541a2513083bc1660a3e914dfbf',
      state: 'snoozed',
      openedAt: '2026-11-22T11:50:00.000Z',
      nextLook: '2026-11-22T13:46:02.000Z',
      snoozedUntil: '2026-11-22T13:51:02.000Z',
      waiting: null,
      incident: { id: 'Q1INCIDENT', url: 'https://acme.pagerduty.com/incidents/Q1INCIDENT', status: 'acknowledged' },
      incidents: [{ id: 'Q1INCIDENT' }],
      alerts: [
        {
          fingerprint: '0123456789abcdef',
          clusterId: CLUSTER_ID,
          status: 'firing',
          verdict: {
            classification: 'busy-kms',
            reason: 'busy',
            evidence: [
              { source: 'kp-events-alerts', outcome: 'found' },
              { outcome: 'absent', link: null, quote: null },
            ],
            ruledOut: [{ reason: 'kms-update-failed', why: 'no kms_update failure of this cluster in 30 days' }],
          },
        },
      ],
      plan: {
        actions: [
          { action: 'note', incidentId: 'Q1INCIDENT', content: 'Snoozed 2 h: busy\nSecond line' },
          { action: 'slack', text: 'Snoozed 2 h' },
        ],
        refusals: [{ action: 'snooze', rail: 'snooze-budget' }],
      },
      receipts: [{ action: 'snooze', result: 'created', at: '2026-11-22T11:51:02.000Z' }],
      timeline: [{ what: 'case opened' }],
      url: 'https://responder.example.com/cases/case-1',
    })
    expect(JSON.stringify(body)).not.toContain('blocks')
  })

  test('shows a wait and no verdict while one is awaited', async () => {
    const { judgement } = anAlert()
    if (judgement?.kind !== 'verdict') throw new Error('the fixture has a verdict')
    const untilMs = Date.parse('2026-11-22T11:55:00Z')
    const waiting = anAlert({
      judgement: { kind: 'waiting', awaited: 'error-text', untilMs, verdict: judgement.verdict },
    })
    await store(aCase({ state: 'waiting', plan: null, alerts: [waiting] }))
    expect((await get('/api/cases/case-1')).body).toMatchObject({
      waiting: { awaited: 'error-text', until: '2026-11-22T11:55:00.000Z' },
      snoozedUntil: null,
      alerts: [{ verdict: null }],
      plan: { headline: null, actions: [], refusals: [] },
    })
  })

  test('of an alert without a readable CRN has no cluster', async () => {
    await store(aCase({ alerts: [anAlert({ labels: { alertname: 'X', CRN: 'crn:broken' } })], incidents: [] }))
    expect((await get('/api/cases/case-1')).body).toMatchObject({
      incident: null,
      alerts: [{ clusterId: null, crn: 'crn:broken' }],
    })
  })

  test('that nobody knows is 404', async () => {
    expect(await get('/api/cases/none')).toEqual({ statusCode: 404, body: { error: 'not_found' } })
  })
})

describe('the list of cases', () => {
  test('comes newest first, in pages', async () => {
    await store(...['a', 'b', 'c'].map((id, index) => aCase({ id, groupKey: id, openedAtMs: index })))
    const first = await get('/api/cases?limit=2')
    expect(ids(first.body)).toEqual(['c', 'b'])
    const second = await get(`/api/cases?limit=2&cursor=${String(first.body.nextCursor)}`)
    expect(ids(second.body)).toEqual(['a'])
    expect(second.body.nextCursor).toBeNull()
  })

  test.each([
    ['state=snoozed', ['snoozed']],
    ['state=resolved', ['other']],
    ['reason=busy', ['snoozed']],
    [`cluster=${CLUSTER_ID}`, ['snoozed']],
    ['cluster=00000000000000000000', []],
  ])('is narrowed by %s', async (query, expected) => {
    await store(
      aCase({ id: 'snoozed', groupKey: 'a' }),
      aCase({ id: 'other', groupKey: 'b', state: 'resolved', alerts: [] }),
    )
    expect(ids((await get(`/api/cases?${query}`)).body)).toEqual(expected)
  })

  test.each([
    'state=asleep',
    'reason=none',
    'cluster=*',
    'limit=0',
    'limit=101',
    'limit=x',
    'cursor=%00',
    'state=snoozed&state=resolved',
  ])('refuses %s without an echo', async (query) => {
    expect(await get(`/api/cases?${query}`)).toEqual({ statusCode: 400, body: { error: 'bad_request' } })
  })
})
