import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { signatureOf } from '../../../sandbox/pagerduty/webhooks.ts'
import { StoreUnavailableError } from '../../../src/errors.ts'
import { OWN_USER_SETTING } from '../../../src/model/own-user.ts'
import { aCase, anIncident } from '../a-case.ts'
import { NOW_MS, startTestServer, type TestServer } from '../test-server.ts'
import { delivery, event, SECOND_SECRET, SECRET } from './a-delivery.ts'

const URL = '/webhooks/pagerduty'
const HOUR_MS = 3_600_000
const environment = { PAGERDUTY_WEBHOOK_SECRETS: `${SECRET},${SECOND_SECRET}` }

let running: TestServer
beforeEach(async () => {
  running = await startTestServer({ environment })
})
afterEach(() => running.close())

async function send({ body, headers }: { body: Buffer; headers: Record<string, string | string[]> }) {
  const { statusCode } = await running.server.inject({ method: 'POST', url: URL, headers, payload: body })
  return statusCode
}

async function waiting(): Promise<string[]> {
  return (await running.store.unplacedIncidents(10)).map(({ incidentId }) => incidentId)
}

describe('a webhook of PagerDuty', () => {
  test('of an incident nobody knows is answered 202 once it is durable, and the service is nudged', async () => {
    expect(await send(delivery({ event: event() }))).toBe(202)
    expect(await running.store.unplacedIncidents(10)).toEqual([
      { incidentId: 'Q1INCIDENT', sinceMs: NOW_MS, upTo: expect.any(Number) },
    ])
    expect(running.operations.nudges).toBe(1)
  })

  test('is taken in once however often it is sent, under whatever delivery id', async () => {
    const { body, headers } = delivery({ event: event() })
    const sent = Array.from({ length: 20 }, (_unused, index) =>
      send({ body, headers: { ...headers, 'x-webhook-id': `id-${index}` } }),
    )
    expect(new Set(await Promise.all(sent))).toEqual(new Set([202]))
    expect(running.operations.nudges).toBe(1)
  })

  test('is known as a copy 48 h later, and refused by its age after that', async () => {
    const replayed = delivery({ event: event() })
    await send(replayed)
    for (const { incidentId, upTo, sinceMs } of await running.store.unplacedIncidents(10))
      await running.store.placeIncident({ incidentId, upTo, sinceMs }, null, NOW_MS)
    for (const hours of [48, 97, 99, 200]) {
      running.clock.nowMs = NOW_MS + hours * HOUR_MS
      expect(await send(replayed)).toBe(202)
      await send(delivery({ event: event({ id: `later-${hours}`, event_type: 'incident.acknowledged' }) }))
    }
    expect(await waiting()).toEqual([])
  })

  test('of a bound incident makes its open case due, with news to be read', async () => {
    const saved = await running.store.saveCase(aCase({ incidents: [anIncident()] }), {
      mergedUpTo: null,
      isSettled: true,
    })
    await send(delivery({ event: event({ event_type: 'incident.acknowledged' }) }))
    expect(await running.store.due(NOW_MS, 10)).toEqual([saved.groupKey])
    const upTo = await running.store.incidentNews(saved.groupKey)
    expect(upTo).not.toBeNull()
    await running.store.settleIncidentNews(saved.groupKey, upTo ?? 0)
    expect(await running.store.incidentNews(saved.groupKey)).toBeNull()
  })

  test.each([
    [
      'a note, whose incident is one level down',
      'incident.annotated',
      { type: 'incident_note', id: 'N1', content: 'x' },
    ],
    ['a responder', 'incident.responder.added', { type: 'incident_responder' }],
    ['a responder’s answer', 'incident.responder.replied', { type: 'incident_responder' }],
    ['a status update', 'incident.status_update_published', { type: 'incident_status_update', id: 'S1' }],
    ['a conference bridge', 'incident.conference_bridge.updated', { type: 'incident_conference_bridge' }],
  ])('about %s is news of the incident', async (_what, type, data) => {
    const saved = await running.store.saveCase(aCase({ incidents: [anIncident()] }), {
      mergedUpTo: null,
      isSettled: true,
    })
    await send(delivery({ event: event({ event_type: type, data: { ...data, incident: { id: 'Q1INCIDENT' } } }) }))
    expect(await running.store.incidentNews(saved.groupKey)).not.toBeNull()
  })

  test.each([
    ['we did', event({ event_type: 'incident.acknowledged', agent: { id: 'PRESPND', type: 'user_reference' } }), null],
    [
      'our note made',
      event({
        event_type: 'incident.annotated',
        agent: null,
        data: {
          type: 'incident_note',
          id: 'N1',
          content: 'Snoozed\nkp-responder:0123456789abcdef',
          incident: { id: 'Q1INCIDENT' },
        },
      }),
      null,
    ],
    [
      'a person’s note with our mark made',
      event({
        event_type: 'incident.annotated',
        data: {
          type: 'incident_note',
          id: 'N1',
          content: 'see kp-responder:0123456789abcdef',
          incident: { id: 'Q1INCIDENT' },
        },
      }),
      'news',
    ],
  ])('that tells what %s is %s news', async (_what, told, expected) => {
    await running.store.putSetting(OWN_USER_SETTING, 'PRESPND')
    const saved = await running.store.saveCase(aCase({ incidents: [anIncident()] }), {
      mergedUpTo: null,
      isSettled: true,
    })
    expect(await send(delivery({ event: told }))).toBe(202)
    const news = await running.store.incidentNews(saved.groupKey)
    expect(news === null ? null : 'news').toBe(expected)
  })

  test.each([
    ['the test event', { event_type: 'pagey.ping', resource_type: 'pagey', data: { message: 'Hello', type: 'ping' } }],
    ['an unknown type', { event_type: 'incident.teleported' }],
    ['a service’s event', { event_type: 'service.updated', data: { type: 'service', id: 'P1' } }],
    ['an acknowledgement of an incident nobody knows', { event_type: 'incident.acknowledged' }],
  ])('that is %s is 202 and leaves nothing to do', async (_what, change) => {
    expect(await send(delivery({ event: event(change) }))).toBe(202)
    expect(await waiting()).toEqual([])
    expect(running.operations.asked).toEqual([])
    expect(await running.store.books()).toMatchObject({ quarantined: 0 })
  })

  test.each([
    ['bytes that are no JSON', Buffer.from('{')],
    ['an empty body', Buffer.alloc(0)],
    ['a byte order mark', Buffer.from('\ufeff{}')],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['null', null],
    ['an array', []],
    ['an event without an id', { event: { ...event(), id: null } }],
    ['a time that is none', { event: event({ occurred_at: 'yesterday' }) }],
    ['a used event without an incident', { event: event({ data: { type: 'incident' } }) }],
    ['a prototype key', Buffer.from('{"event":{"__proto__":{}}}')],
    ['nesting without end', Buffer.from('['.repeat(5_000))],
    ['an event of 50 h ago', { event: event({ occurred_at: new Date(NOW_MS - 50 * HOUR_MS).toISOString() }) }],
    ['an event 50 h ahead', { event: event({ occurred_at: new Date(NOW_MS + 50 * HOUR_MS).toISOString() }) }],
  ])('well signed with %s is 202 and set aside once', async (_what, payload) => {
    expect(await send(delivery(payload))).toBe(202)
    expect(await send(delivery(payload))).toBe(202)
    expect(await running.store.books()).toMatchObject({ accepted: 1, quarantined: 1, pending: 0 })
    expect(await waiting()).toEqual([])
  })
})

describe('the signature', () => {
  const { body } = delivery({ event: event() })
  const good = signatureOf(body, SECRET)
  const json = { 'content-type': 'application/json' }

  test.each([
    ['of the first secret', good],
    ['of the second secret', signatureOf(body, SECOND_SECRET)],
    ['beside another one, in any order and spacing', `v1=${'0'.repeat(64)} ,  ${good}`],
    ['beside one of another version', `v2=abc,${good}`],
  ])('%s is accepted', async (_what, signature) => {
    expect(await send({ body, headers: { ...json, 'x-pagerduty-signature': signature } })).toBe(202)
  })

  test.each([
    ['none', undefined],
    ['an empty one', ''],
    ['one bit off', `${good.slice(0, -1)}${good.endsWith('0') ? '1' : '0'}`],
    ['in capitals', good.toUpperCase().replace('V1', 'v1')],
    ['of another version', good.replace('v1', 'v2')],
    ['cut short', good.slice(0, 40)],
    ['of another secret', signatureOf(body, 'other')],
    ['of an empty secret', signatureOf(body, '')],
    ['of other bytes', signatureOf(Buffer.concat([body, Buffer.from(' ')]), SECRET)],
    ['as the ninth of nine parts', [...Array.from({ length: 8 }, () => 'v1=0'), good].join(',')],
    ['behind more than 2 KB', `${' '.repeat(2_048)}${good}`],
  ])('%s is 401 and nothing is kept', async (_what, signature) => {
    const headers = signature === undefined ? json : { ...json, 'x-pagerduty-signature': signature }
    expect(await send({ body, headers })).toBe(401)
    expect(await waiting()).toEqual([])
  })

  test('in two headers is 401', async () => {
    expect(await send({ body, headers: { ...json, 'x-pagerduty-signature': [good, good] } })).toBe(401)
  })

  test('in the address is never read', async () => {
    const url = `${URL}?x-pagerduty-signature=${encodeURIComponent(good)}`
    expect((await running.server.inject({ method: 'POST', url, headers: json, payload: body })).statusCode).toBe(401)
  })
})

describe('the route', () => {
  test.each([
    ['another type', { 'content-type': 'text/plain' }, 415],
    ['another charset', { 'content-type': 'application/json; charset=utf-16' }, 415],
    ['a packed body', { 'content-encoding': 'gzip' }, 415],
  ])('refuses %s by whoever is not PagerDuty', async (_what, change, status) => {
    const { body, headers } = delivery({ event: event() })
    const type = { 'content-type': 'application/json', ...change }
    expect(await send({ body, headers: type })).toBe(status)
    expect(await send({ body, headers: { ...headers, 'x-pagerduty-signature': 'v1=0', ...change } })).toBe(status)
    expect(await running.store.books()).toMatchObject({ accepted: 0 })
  })

  test.each([
    ['another type', { 'content-type': 'text/plain' }],
    ['a packed body', { 'content-encoding': 'gzip' }],
  ])('sets %s that is well signed aside: three refusals would end the subscription', async (_what, change) => {
    const { body, headers } = delivery({ event: event() })
    expect(await send({ body, headers: { ...headers, ...change } })).toBe(202)
    expect(await running.store.books()).toMatchObject({ accepted: 1, quarantined: 1 })
    expect(await waiting()).toEqual([])
  })

  test('refuses more than 512 KiB', async () => {
    expect(await send(delivery({ event: event({ client: { name: 'x'.repeat(600_000) } }) }))).toBe(413)
  })

  test('knows no other method', async () => {
    expect((await running.server.inject({ method: 'GET', url: URL })).statusCode).toBe(405)
  })

  test('is off where no secret is configured', async () => {
    await running.close()
    running = await startTestServer()
    expect(await send(delivery({ event: event() }))).toBe(404)
  })

  test('answers 503 while its secret can not be read', async () => {
    await running.close()
    const file = join(tmpdir(), `kp-secret-${process.pid}`)
    await writeFile(file, SECRET)
    running = await startTestServer({ environment: { PAGERDUTY_WEBHOOK_SECRETS_FILE: file } })
    expect(await send(delivery({ event: event() }))).toBe(202)
    await rm(file)
    expect(await send(delivery({ event: event({ id: '01OTHER' }) }))).toBe(503)
  })

  test('answers 503 while the store can not write', async () => {
    await running.close()
    running = await startTestServer({
      environment,
      wrapStore: (store) => ({
        ...store,
        acceptIncidentEvent: async () => {
          throw new StoreUnavailableError('disk full')
        },
      }),
    })
    expect(await send(delivery({ event: event() }))).toBe(503)
  })
})
