import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { acknowledgeInLots } from '../../src/actions/acknowledge-lots.ts'
import { PagerdutyClient } from '../../src/clients/pagerduty.ts'
import type { RawIncident } from '../../src/clients/pagerduty-schema.ts'

let sandbox: Sandbox
let acknowledge: (id: string) => Promise<RawIncident>

beforeEach(async () => {
  sandbox = await startSandbox()
  acknowledge = acknowledgeInLots(
    new PagerdutyClient({
      apiUrl: `${sandbox.url}/pagerduty`,
      token: () => sandbox.pagerduty.settings.token,
      from: 'responder@example.com',
      now: Date.now,
      // Long enough for a busy machine: only an answer that is lost takes it all.
      timeoutMs: 3_000,
    }),
  )
})

afterEach(() => sandbox.close())

function openMany(count: number): string[] {
  return Array.from({ length: count }, (_, number) => sandbox.pagerduty.trigger({ dedupKey: `key-${number}` }).id)
}

/** What each acknowledgement ended as: the status told, or the error's code. */
async function endsOf(ids: readonly string[]): Promise<string[]> {
  const ends = await Promise.allSettled(ids.map((id) => acknowledge(id)))
  return ends.map((end) =>
    end.status === 'fulfilled' ? end.value.status : String(Object(end.reason).upstreamCode ?? Object(end.reason).code),
  )
}

function puts(): { path: string; lot: number; status: number | null }[] {
  return sandbox.requests.of('pagerduty', 'PUT').map(({ path, body, status }) => {
    const { incidents } = Object(body)
    return { path, lot: Array.isArray(incidents) ? incidents.length : 1, status }
  })
}

function committed(): string[] {
  return sandbox.ledger.of('acknowledge').map(({ target }) => target)
}

describe('acknowledgements', () => {
  test('of one incident are the call for one', async () => {
    const [id = ''] = openMany(1)
    expect(await endsOf([id])).toEqual(['acknowledged'])
    expect(puts()).toEqual([{ path: `/incidents/${id}`, lot: 1, status: 200 }])
  })

  test('of many go out by fifties, and each is told its own incident', async () => {
    const ids = openMany(120)
    const answers = await Promise.all(ids.map((id) => acknowledge(id)))
    expect(answers.map(({ id }) => id)).toEqual(ids)
    expect(answers.every(({ acknowledgements }) => acknowledgements?.length === 1)).toBe(true)
    expect(puts().map(({ lot }) => lot)).toEqual([50, 50, 20])
    expect(committed().sort()).toEqual([...ids].sort())
  })

  test('of the same incident by two are sent once', async () => {
    const ids = openMany(3)
    expect(await endsOf([...ids, ...ids])).toEqual(Array.from({ length: 6 }, () => 'acknowledged'))
    expect(committed()).toHaveLength(3)
  })

  test('with a resolved incident among them find it out and spare it alone', async () => {
    const ids = openMany(50)
    sandbox.pagerduty.humanResolves(ids[17] ?? '')
    expect(await endsOf(ids)).toEqual(ids.map((_id, index) => (index === 17 ? '1001' : 'acknowledged')))
    expect(committed()).toHaveLength(49)
    expect(new Set(committed()).size).toBe(49)
    expect(sandbox.pagerduty.incident(ids[17] ?? '').acknowledgements).toEqual([])
    expect(puts().length).toBeLessThanOrEqual(13)
  })

  test('that are too many for PagerDuty are halved', async () => {
    const ids = openMany(8)
    sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'PUT',
      fault: { kind: 'status', status: 413, body: { error: { code: 2016 } } },
    })
    expect(await endsOf(ids)).toEqual(ids.map(() => 'acknowledged'))
    expect(puts().map(({ lot }) => lot)).toEqual([8, 4, 4])
  })

  test.each([
    ['a server error', { kind: 'status', status: 500 }, 'unknown'],
    ['a lost answer', { kind: 'reset', when: 'after-commit' }, 'unknown'],
    ['a page that is no JSON', { kind: 'html' }, 'unknown'],
    ['a limit', { kind: 'rateLimited', retryAfterSeconds: 1 }, 'rate-limited'],
    ['a refused token', { kind: 'status', status: 401 }, 'unauthorized'],
    ['an unknown user', { kind: 'status', status: 400, body: { error: { code: 1008 } } }, '1008'],
  ] as const)('that meet %s end so, each of them, and none is sent again', async (_name, fault, end) => {
    const ids = openMany(10)
    sandbox.faults.add({ upstream: 'pagerduty', method: 'PUT', times: 1, fault })
    expect(await endsOf(ids)).toEqual(ids.map(() => end))
    expect(puts()).toHaveLength(1)
  })

  test('that an answer leaves out are unknown', async () => {
    const ids = openMany(4)
    const shown = { id: ids[0], status: 'acknowledged' }
    sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'PUT',
      fault: { kind: 'commitThenStatus', status: 200, body: { incidents: [shown] } },
    })
    expect(await endsOf(ids)).toEqual(['acknowledged', 'unknown', 'unknown', 'unknown'])
    expect(puts()).toHaveLength(1)
  })
})
