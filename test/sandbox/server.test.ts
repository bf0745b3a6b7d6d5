import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { DEFAULT_REPOSITORY } from '../../sandbox/github/people.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'

let sandbox: Sandbox
let directory: string

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sandbox-'))
  sandbox = await startSandbox({ ledgerFile: join(directory, 'ledger.jsonl') })
})
afterEach(async () => {
  await sandbox.close()
  rmSync(directory, { recursive: true })
})

function get(path: string): Promise<Response> {
  return fetch(sandbox.url + path)
}

function post(path: string, body: unknown, method = 'POST'): Promise<Response> {
  return fetch(sandbox.url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

describe('the server', () => {
  test.each([
    { path: '/pagerduty/incidents', upstream: 'pagerduty', below: '/incidents' },
    { path: '/pagerduty-events/v2/enqueue', upstream: 'pagerduty-events', below: '/v2/enqueue' },
    { path: '/slack/api/auth.test', upstream: 'slack', below: '/auth.test' },
    { path: '/github/api/v3/rate_limit', upstream: 'github', below: '/rate_limit' },
  ])('serves $upstream at $path', async ({ path, upstream, below }) => {
    const response = await get(path)
    await response.text()
    expect(sandbox.requests.entries()).toMatchObject([{ upstream, path: below, status: response.status }])
  })

  test('knows no other path', async () => {
    expect((await get('/pagerdutyx/incidents')).status).toBe(404)
    expect(sandbox.requests.entries()).toEqual([])
  })

  test.each([
    { name: 'JSON', type: 'application/json', text: '{"a":[1]}', body: { a: [1] } },
    {
      name: 'a form',
      type: 'application/x-www-form-urlencoded',
      text: 'channel=C1&text=a+b',
      body: { channel: 'C1', text: 'a b' },
    },
    { name: 'anything else', type: 'text/plain', text: 'plain', body: 'plain' },
  ])('keeps a request with $name, without its credentials', async ({ type, text, body }) => {
    const headers = { 'content-type': type, authorization: 'Bearer secret-of-the-test' }
    await (await fetch(`${sandbox.url}/pagerduty/x?a[]=1&a[]=2`, { method: 'POST', headers, body: text })).text()
    expect(sandbox.requests.of('pagerduty', 'POST', '/x')).toMatchObject([{ query: { 'a[]': ['1', '2'] }, body }])
    expect(JSON.stringify(sandbox.requests.entries())).not.toContain('secret-of-the-test')
  })

  test('writes each committed effect to the ledger file', async () => {
    const { id } = sandbox.pagerduty.trigger({ dedupKey: 'key-1' })
    const lines = readFileSync(join(directory, 'ledger.jsonl'), 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { effect: 'incident', target: id, actor: 'system' },
      { effect: 'ring', target: id },
    ])
  })

  test('lets a latency be set while it runs', async () => {
    sandbox.latencyMs = 60_000
    const abandoned = fetch(`${sandbox.url}/pagerduty/incidents`, { signal: AbortSignal.timeout(50) })
    await expect(abandoned).rejects.toThrow()
    sandbox.latencyMs = 0
    expect((await get('/pagerduty/incidents')).status).toBe(401)
  })

  test('says clearly when the fault is its own', async () => {
    sandbox.faults.before({ upstream: 'pagerduty' }, () => {
      throw new Error('a hook failed')
    })
    const response = await get('/pagerduty/incidents')
    expect(response.status).toBe(599)
    expect(await response.text()).toContain('a hook failed')
  })
})

describe('the control routes', () => {
  test('jump the clock', async () => {
    const { id } = sandbox.pagerduty.trigger({ dedupKey: 'key-1' })
    sandbox.pagerduty.humanSnoozes(id, 7200)
    expect((await post('/_sandbox/clock', { jumpMs: 7_200_000 })).status).toBe(200)
    expect(sandbox.pagerduty.incident(id).status).toBe('triggered')
  })

  test('add, show and clear faults', async () => {
    const rule = {
      upstream: 'pagerduty',
      path: { pattern: '^/inc' },
      times: 'always',
      fault: { kind: 'status', status: 500 },
    }
    const added: unknown = await (await post('/_sandbox/faults', rule)).json()
    expect(added).toMatchObject({ rules: [{ upstream: 'pagerduty', path: '/^\\/inc/', times: 'always', hits: 0 }] })
    expect((await get('/pagerduty/incidents')).status).toBe(500)
    expect((await get('/pagerduty/incidents')).status).toBe(500)
    await post('/_sandbox/faults', {}, 'DELETE')
    expect((await get('/pagerduty/incidents')).status).toBe(401)
  })

  test('take an upstream down and up', async () => {
    await post('/_sandbox/down', { upstream: 'pagerduty' })
    await expect(get('/pagerduty/incidents')).rejects.toThrow()
    await post('/_sandbox/up', { upstream: 'pagerduty' })
    expect((await get('/pagerduty/incidents')).status).toBe(401)
  })

  test('show state, ledger and requests, and reset them', async () => {
    sandbox.pagerduty.trigger({ dedupKey: 'key-1' })
    await get('/pagerduty/incidents')
    const [state, ledger, requests]: unknown[] = await Promise.all(
      ['state', 'ledger', 'requests'].map(async (name) => (await get(`/_sandbox/${name}`)).json()),
    )
    expect(state).toMatchObject({
      pagerduty: { incidents: [{ alerts: [{ alert_key: 'key-1' }] }] },
      faults: { down: [] },
    })
    expect(ledger).toMatchObject([{ effect: 'incident' }, { effect: 'ring' }])
    expect(requests).toMatchObject([{ path: '/incidents' }])
    await post('/_sandbox/reset', {})
    expect([sandbox.ledger.entries(), sandbox.requests.entries(), sandbox.pagerduty.incidents()]).toEqual([[], [], []])
  })

  test.each([
    { path: '/_sandbox/clock', body: { jumpMs: -1 } },
    { path: '/_sandbox/faults', body: { upstream: 'pagerduty', fault: { kind: 'explode' } } },
    { path: '/_sandbox/down', body: { upstream: 'nobody' } },
  ])('refuse $body at $path', async ({ path, body }) => {
    expect((await post(path, body)).status).toBe(400)
  })

  test('refuse a body that a page of another origin could send', async () => {
    const response = await fetch(`${sandbox.url}/_sandbox/clock`, { method: 'POST', body: '{"jumpMs":1}' })
    expect(response.status).toBe(400)
  })
})

describe('the page', () => {
  test('shows incidents with timeline and notes, and the ledger, all escaped', async () => {
    const { id } = sandbox.pagerduty.trigger({ dedupKey: 'key-1', summary: '<script>alert(1)</script>' })
    sandbox.pagerduty.humanNotes(id, '"quoted" & <b>bold</b>')
    const response = await get('/')
    const html = await response.text()
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(html).not.toContain('<script>')
    expect(html).not.toContain('<b>')
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).toContain('&quot;quoted&quot; &amp; &lt;b&gt;bold&lt;/b&gt;')
    expect(html).toContain('Notified Ada Example')
  })

  test('shows Slack messages and issues', async () => {
    sandbox.slack.postRaw(SLACK_CHANNELS.kpEventsAlerts.id, {
      attachments: [{ title: 'Error finding <ETCD> info' }],
    })
    sandbox.github.openIssue(DEFAULT_REPOSITORY, { title: 'Orphaned & registered', body: 'the body' })
    const html = await (await get('/')).text()
    expect(html).toContain('Error finding &lt;ETCD&gt; info')
    expect(html).toContain('#1 Orphaned &amp; registered (open)')
  })

  test('is also the address of each incident, which it shows alone', async () => {
    const first = sandbox.pagerduty.trigger({ dedupKey: 'key-1', summary: 'the first' })
    sandbox.pagerduty.trigger({ dedupKey: 'key-2', summary: 'the second' })
    const html = await (await get(`/incidents/${first.id}`)).text()
    expect(html).toContain('the first')
    expect(html).not.toContain('the second')
  })
})
