import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { SandboxClock } from '../../sandbox/clock.ts'
import { type Fault, Faults, type RequestMatch } from '../../sandbox/faults.ts'
import { RequestLog } from '../../sandbox/request-log.ts'
import { type RunningServer, startServer } from '../../sandbox/server.ts'
import type { SandboxRequest, Upstream, UpstreamName } from '../../sandbox/upstream.ts'

const ANSWER = { ok: true, text: 'a body of some length' }

/** An upstream that only counts what it commits. */
class CountingUpstream implements Upstream {
  readonly name: UpstreamName
  readonly prefix: string
  readonly committed: string[] = []
  onHandle: () => void | Promise<void> = () => {}

  constructor(name: UpstreamName, prefix: string) {
    this.name = name
    this.prefix = prefix
  }

  async handle(request: SandboxRequest) {
    this.committed.push(`${request.method} ${request.path}`)
    await this.onHandle()
    return { status: 201, headers: { 'x-answer': 'real' }, body: ANSWER }
  }

  snapshot() {
    return this.committed
  }

  reset() {
    this.committed.length = 0
  }
}

let server: RunningServer
let faults: Faults
let requests: RequestLog
let pagerduty: CountingUpstream
let slack: CountingUpstream

beforeEach(async () => {
  faults = new Faults()
  requests = new RequestLog()
  pagerduty = new CountingUpstream('pagerduty', '/pagerduty')
  slack = new CountingUpstream('slack', '/slack/api')
  const upstreams = [pagerduty, slack]
  server = await startServer({ port: 0, latencyMs: 0, upstreams, clock: new SandboxClock(), faults, requests })
})
afterEach(() => server.close())

/** `status text` of the answer, or `no answer`. */
async function outcome(path = '/pagerduty/incidents', init: RequestInit = {}): Promise<string> {
  try {
    const response = await fetch(server.url + path, init)
    return `${response.status} ${await response.text()}`
  } catch {
    return 'no answer'
  }
}

/** Waits, within bounds, until the condition holds. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !condition(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(condition()).toBe(true)
}

const REAL = `201 ${JSON.stringify(ANSWER)}`

describe('a fault', () => {
  interface Row {
    name: string
    fault: Fault
    answer: string
    commits: number
  }
  const rows: Row[] = [
    {
      name: 'status answers instead',
      fault: { kind: 'status', status: 503, body: { error: 'down' } },
      answer: '503 {"error":"down"}',
      commits: 0,
    },
    { name: 'status has an empty body by default', fault: { kind: 'status', status: 500 }, answer: '500 ', commits: 0 },
    {
      name: 'commitThenStatus answers after the commit',
      fault: { kind: 'commitThenStatus', status: 502 },
      answer: '502 ',
      commits: 1,
    },
    {
      name: 'reset before the commit',
      fault: { kind: 'reset', when: 'before-commit' },
      answer: 'no answer',
      commits: 0,
    },
    { name: 'reset after the commit', fault: { kind: 'reset', when: 'after-commit' }, answer: 'no answer', commits: 1 },
    {
      name: 'html is a page of a proxy',
      fault: { kind: 'html' },
      answer: '200 <!doctype html><title>Sign in</title><h1>Sign in to continue</h1>\n',
      commits: 0,
    },
    {
      name: 'html may commit',
      fault: { kind: 'html', commits: true },
      answer: '200 <!doctype html><title>Sign in</title><h1>Sign in to continue</h1>\n',
      commits: 1,
    },
    {
      name: 'truncatedJson ends in the middle',
      fault: { kind: 'truncatedJson' },
      answer: `201 ${JSON.stringify(ANSWER).slice(0, 21)}`,
      commits: 1,
    },
    { name: 'slowBody comes in the end', fault: { kind: 'slowBody', bytesPerSecond: 2000 }, answer: REAL, commits: 1 },
    { name: 'delay answers later', fault: { kind: 'delay', ms: 5 }, answer: REAL, commits: 1 },
    { name: 'rateLimited', fault: { kind: 'rateLimited', headers: false }, answer: '429 ', commits: 0 },
  ]
  test.each(rows)('$name', async ({ fault, answer, commits }) => {
    faults.add({ upstream: 'pagerduty', fault })
    expect(await outcome()).toBe(answer)
    expect(pagerduty.committed).toHaveLength(commits)
    expect(await outcome()).toBe(REAL)
  })

  test.each([
    { when: 'before-commit' as const, commits: 0 },
    { when: 'after-commit' as const, commits: 1 },
  ])('hang $when keeps the socket open until the caller gives up', async ({ when, commits }) => {
    const rule = faults.add({ upstream: 'pagerduty', fault: { kind: 'hang', when } })
    const caller = new AbortController()
    const answer = outcome('/pagerduty/incidents', { signal: caller.signal })
    await until(() => rule.hits === 1)
    expect(await outcome('/pagerduty/other')).toBe(REAL)
    expect(requests.entries()[0]?.status).toBeNull()
    caller.abort()
    expect(await answer).toBe('no answer')
    expect(pagerduty.committed.filter((call) => call === 'GET /incidents')).toHaveLength(commits)
  })

  test('hang ends with the server', async () => {
    const rule = faults.add({ upstream: 'pagerduty', fault: { kind: 'hang', when: 'before-commit' } })
    const answer = outcome()
    await until(() => rule.hits === 1)
    await server.close()
    expect(await answer).toBe('no answer')
  })

  test.each([
    { upstream: 'pagerduty' as const, path: '/pagerduty/x', status: 429, header: 'ratelimit-reset', value: '7' },
    { upstream: 'slack' as const, path: '/slack/api/x', status: 429, header: 'retry-after', value: '7' },
  ])('rateLimited speaks as $upstream does', async ({ upstream, path, status, header, value }) => {
    faults.add({ upstream, fault: { kind: 'rateLimited', retryAfterSeconds: 7 } })
    const response = await fetch(server.url + path)
    expect(response.status).toBe(status)
    expect(response.headers.get(header)).toBe(value)
    await response.text()
  })
})

describe('a rule', () => {
  interface Row {
    name: string
    match: Omit<RequestMatch, 'upstream'>
    hit: boolean[]
  }
  const rows: Row[] = [
    { name: 'hits one request by default', match: {}, hit: [true, false, false, false] },
    { name: 'hits as often as told', match: { times: 2 }, hit: [true, true, false, false] },
    { name: 'can hit for ever', match: { times: Number.POSITIVE_INFINITY }, hit: [true, true, true, true] },
    { name: 'can skip the first', match: { skip: 2 }, hit: [false, false, true, false] },
    { name: 'can ask for a prefix', match: { path: '/incidents/1', times: 9 }, hit: [true, true, true, true] },
    { name: 'does not hit another prefix', match: { path: '/notes', times: 9 }, hit: [false, false, false, false] },
    { name: 'can ask for an expression', match: { path: /\/1\/notes$/g, times: 9 }, hit: [true, true, true, true] },
    { name: 'can ask for a method', match: { method: 'POST', times: 9 }, hit: [false, false, false, false] },
  ]
  test.each(rows)('$name', async ({ match, hit }) => {
    const rule = faults.add({ upstream: 'pagerduty', ...match, fault: { kind: 'status', status: 500 } })
    const outcomes: boolean[] = []
    for (const _ of hit) outcomes.push((await outcome('/pagerduty/incidents/1/notes')) === '500 ')
    expect(outcomes).toEqual(hit)
    expect(rule.hits).toBe(hit.filter(Boolean).length)
  })

  test('leaves other upstreams alone', async () => {
    faults.add({ upstream: 'pagerduty', fault: { kind: 'status', status: 500 } })
    expect(await outcome('/slack/api/chat.postMessage')).toBe(REAL)
  })

  test('can be removed, and all can be cleared', async () => {
    const rule = faults.add({ upstream: 'pagerduty', fault: { kind: 'status', status: 500 } })
    faults.add({ upstream: 'pagerduty', fault: { kind: 'status', status: 501 } })
    rule.remove()
    expect(await outcome()).toBe('501 ')
    faults.add({ upstream: 'pagerduty', fault: { kind: 'status', status: 502 } })
    faults.clear()
    expect(await outcome()).toBe(REAL)
  })
})

describe('a hook', () => {
  test('runs before the commit of the requests that match, once unless told otherwise', async () => {
    const seen: number[] = []
    faults.before({ upstream: 'pagerduty', method: 'POST' }, async () => {
      await Promise.resolve()
      seen.push(pagerduty.committed.length)
    })
    await outcome()
    await outcome('/pagerduty/incidents', { method: 'POST' })
    await outcome('/pagerduty/incidents', { method: 'POST' })
    expect(seen).toEqual([1])
    expect(pagerduty.committed).toHaveLength(3)
  })

  test('can arm a fault for the very request it runs before', async () => {
    faults.before({ upstream: 'pagerduty' }, () => {
      faults.add({ upstream: 'pagerduty', fault: { kind: 'status', status: 500 } })
    })
    expect(await outcome()).toBe('500 ')
  })
})

describe('an upstream that is down', () => {
  test('answers nobody and commits nothing until it is up, while others work', async () => {
    faults.down('pagerduty')
    expect(await outcome()).toBe('no answer')
    expect(await outcome('/slack/api/x')).toBe(REAL)
    faults.up('pagerduty')
    expect(await outcome()).toBe(REAL)
    expect(pagerduty.committed).toHaveLength(1)
  })

  test('drops the calls under way at once', async () => {
    const rule = faults.add({ upstream: 'pagerduty', fault: { kind: 'hang', when: 'after-commit' } })
    const answer = outcome()
    await until(() => rule.hits === 1)
    faults.down('pagerduty')
    expect(await answer).toBe('no answer')
  })

  test('that goes down before the commit has done nothing', async () => {
    faults.before({ upstream: 'pagerduty' }, () => faults.down('pagerduty'))
    expect(await outcome()).toBe('no answer')
    expect(pagerduty.committed).toHaveLength(0)
  })

  test('that goes down while it is at work has done it', async () => {
    pagerduty.onHandle = () => faults.down('pagerduty')
    expect(await outcome()).toBe('no answer')
    expect(pagerduty.committed).toHaveLength(1)
  })
})
