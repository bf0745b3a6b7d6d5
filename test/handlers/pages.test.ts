import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { aCase, anAlert, anIncident, BUSY_VERDICT, CLUSTER_ID } from './a-case.ts'
import { formClient } from './form-client.ts'
import { asOperator, NOW_MS, startTestServer, type TestServer } from './test-server.ts'

/** What a page loads of our own. */
const OWN_PARTS =
  /<link rel="icon" href="\/assets\/icon.svg" type="image\/svg\+xml">|<script type="module" src="\/assets\/live.js"><\/script>/g

let running: TestServer

beforeEach(async () => {
  running = await startTestServer()
})
afterEach(() => running.close())

const { post, signIn, page, formTokenOf } = formClient(() => running)
const save = (subject = aCase()) => running.store.saveCase(subject, { mergedUpTo: null, isSettled: true })

describe('the forms', () => {
  test('pause, wake and judge again in the name of the one who is signed in', async () => {
    await save()
    const cookie = await signIn()
    const formToken = await formTokenOf(cookie)
    expect((await post('/mode', { formToken, paused: 'true' }, { cookie })).headers.location).toBe('/?outcome=paused')
    expect((await post('/cases/case-1/wake', { formToken, reason: 'look' }, { cookie })).headers.location).toBe(
      '/cases/case-1?outcome=woken',
    )
    expect((await post('/cases/case-1/recheck', { formToken }, { cookie })).headers.location).toBe(
      '/cases/case-1?outcome=rechecked',
    )
    expect(running.operations.asked).toEqual([
      ['setMode', { paused: true }, 'ann'],
      ['wake', 'case-1', 'ann', 'look'],
      ['recheck', 'case-1', 'ann', null],
    ])
    expect((await page('/', { cookie })).body).toContain('Paused.')
  })

  test('work where the browser does not say where they come from, by their token', async () => {
    const cookie = await signIn()
    const formToken = await formTokenOf(cookie)
    const headers = { cookie, origin: 'null' }
    expect((await post('/mode', { formToken, paused: 'true' }, headers)).statusCode).toBe(303)
    expect((await post('/mode', { formToken: 'x', paused: 'false' }, headers)).statusCode).toBe(403)
    expect(running.operations.setting.paused).toBe(true)
  })

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['without its token', {}, {}],
    ['with a wrong token', { formToken: 'x' }, {}],
    ['from another site', {}, { origin: 'https://evil.example' }],
  ])('are refused %s', async (_what, fields, headers) => {
    const cookie = await signIn()
    const formToken = 'origin' in headers ? await formTokenOf(cookie) : ''
    const answer = await post('/mode', { formToken, paused: 'true', ...fields }, { cookie, ...headers })
    expect(answer.statusCode).toBe(403)
    expect(running.operations.asked).toEqual([])
  })
})

describe('the list page', () => {
  test('shows the cases that need a person first, and the ended last', async () => {
    const headline = (text: string) => ({ headline: text, outcomeKey: '', actions: [], refusals: [] })
    await save(aCase({ id: 'e', groupKey: 'e', state: 'resolved', plan: headline('is over') }))
    await save(aCase({ id: 's', groupKey: 's' }))
    await save(
      aCase({ id: 'g', groupKey: 'g', state: 'gathering', plan: null, alerts: [anAlert({ judgement: null })] }),
    )
    await save(
      aCase({ id: 'h', groupKey: 'h', state: 'handed-over', plan: headline('Needs you: a master operation failed') }),
    )
    const { body } = await page('/')
    const order = [
      'Needs you: a master operation failed',
      'Gathering evidence',
      'Snoozed 2 h: cluster busy',
      'is over',
    ].map((text) => body.indexOf(text))
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(order).not.toContain(-1)
    expect(body).toContain(CLUSTER_ID)
    expect(body).toContain('in 1 h 46 min')
    expect(body).toContain('<a href="https://acme.pagerduty.com/incidents/Q1INCIDENT"')
  })

  test('is calm when there is nothing, and finds by cluster', async () => {
    expect((await page('/')).body).toContain('All is quiet.')
    await save()
    expect((await page(`/?cluster=${CLUSTER_ID}`)).body).toContain('href="/cases/case-1"')
    expect((await page('/?cluster=%3Cb%3E')).body).toContain('value="&lt;b&gt;"')
  })
})

describe('the case page', () => {
  test('shows verdict, evidence, plan, refusals, receipts and history', async () => {
    await save()
    const { body } = await page('/cases/case-1')
    for (const text of [
      'The cluster is busy with another KMS action.',
      'busy-kms / busy',
      'error completing request',
      'refused: snooze-budget',
      'kms-update-failed',
      'case opened',
      'Wake now',
    ]) {
      expect(body).toContain(text)
    }
  })

  test('says what was not checked, who may be asked meanwhile, and times as people read them', async () => {
    const ruledOut = (['migration-blocked', 'migration-key-state'] as const).map((reason) => ({
      reason,
      why: 'no window',
    }))
    const verdict = { ...BUSY_VERDICT, ruledOut, message: 'Busy since 2026-11-22T11:49:01.234Z.' }
    const offer = { hash: 'h', atMs: NOW_MS, untilMs: NOW_MS + 600_000 }
    const { plan } = aCase()
    await save(
      aCase({ alerts: [anAlert({ judgement: { kind: 'verdict', verdict } })], plan: plan && { ...plan, offer } }),
    )
    const { body } = await page('/cases/case-1')
    expect(body).toContain('<strong>Not checked:</strong> etcd, logs (not configured).')
    expect(body).toMatch(/waits for approval in Slack, ends <time[^>]*>in 10 min<\/time>/)
    expect(body).toContain('<time datetime="2026-11-22T11:49:01.234Z">2026-11-22 11:49:01 UTC</time>')
    expect(body).toContain('<strong>migration-blocked, migration-key-state</strong>: no window')
  })

  test('shows what further sources say, what asks something of a person first, then what was not checked, then what proves little', async () => {
    const finding = {
      observedAt: '2026-11-22T11:50:00.000Z',
      link: null,
      lines: [],
      quotes: [],
      steps: [],
      details: null,
    }
    const entries = [
      { ...finding, source: 'prometheus' as const, outcome: 'weak' as const, summary: 'proves little' },
      { ...finding, source: 'logs' as const, outcome: 'unavailable' as const, summary: 'timed out' },
      { ...finding, source: 'kubernetes' as const, outcome: 'found' as const, summary: '1 of 2 pods' },
      {
        ...finding,
        source: 'iam' as const,
        outcome: 'absent' as const,
        summary: '5 missing',
        steps: [{ text: 'create 5', commands: [] }],
      },
    ]
    await save(aCase({ alerts: [anAlert({ findings: { outcomeKey: 'x', reason: 'busy', askedAtMs: 0, entries } })] }))
    const { body } = await page('/cases/case-1', { cookie: await signIn() })
    const places = ['IAM: 5 missing', 'Kubernetes: 1 of 2 pods', 'logs: timed out', 'Prometheus: proves little'].map(
      (words) => body.indexOf(words),
    )
    expect(places.every((place) => place > 0)).toBe(true)
    expect(places).toEqual([...places].sort((a, b) => a - b))
  })

  test('of an unknown case is a page with 404', async () => {
    const { statusCode, body } = await page('/cases/none')
    expect(statusCode).toBe(404)
    expect(body).toContain('No such case')
  })

  test('runs nothing, loads nothing and links nowhere that comes from outside', async () => {
    const hostile = '<script>alert(1)</script>"onload=x <img src=//evil> &amp; \u202e <!-- kp-responder: -->'
    const [evidence] = BUSY_VERDICT.evidence
    if (!evidence) throw new Error('the fixture has evidence')
    const verdict = {
      ...BUSY_VERDICT,
      message: hostile,
      evidence: [
        { ...evidence, quote: hostile, link: 'javascript:alert(1)' },
        { ...evidence, link: 'https://evil.example/?a=1' },
      ],
    }
    await save(
      aCase({
        alerts: [anAlert({ judgement: { kind: 'verdict', verdict }, labels: { CRN: hostile } })],
        incidents: [
          anIncident({ url: 'http://pagerduty.com.evil.example/x' }),
          anIncident({ url: 'https://x@acme.pagerduty.com/x' }),
        ],
        timeline: [{ at: '2026-11-22T11:50:01.000Z', what: hostile, actor: hostile, link: 'file:///etc/passwd' }],
      }),
    )
    const { body } = await page('/cases/case-1')
    expect(body.replace(OWN_PARTS, '')).not.toMatch(/<(?:script|img|iframe|link|object)/i)
    expect(body).not.toContain('\u202e')
    const links = [...body.matchAll(/(?:href|action|src)="([^"]*)"/g)].map(([, target]) => target)
    expect(links.filter((target) => !/^[/#]/.test(target ?? '')).toSorted()).toEqual([
      'https://acme.pagerduty.com/incidents/Q1INCIDENT',
      running.config.policy.current().links.masterOperations, // Of the next steps.
    ])
  })
})

describe('an address that is none', () => {
  test('is a page for a person and JSON for a program', async () => {
    const ask = (accept: string) => running.server.inject({ url: '/nowhere', headers: { accept } })
    expect(await ask('text/html,*/*')).toMatchObject({ statusCode: 404, body: expect.stringContaining('No such page') })
    expect(await ask('*/*')).toMatchObject({ statusCode: 404, body: '{"error":"not_found"}' })
  })
})

describe('the next steps', () => {
  test('are commands to copy, with the values of the alert, in the JSON too', async () => {
    const verdict = { ...BUSY_VERDICT, reason: 'etcd-not-trusted' as const }
    await save(aCase({ alerts: [anAlert({ judgement: { kind: 'verdict', verdict } })] }))
    const { body } = await page('/cases/case-1')
    expect(body).toContain(`<code>etcdctl get --keys-only &#39;/clusters/${CLUSTER_ID}&#39;</code>`)
    const json = (await running.server.inject({ url: '/api/cases/case-1', headers: asOperator })).json()
    expect(json.alerts[0].nextSteps[0].commands).toEqual([
      'kp-responder doctor',
      `etcdctl get --keys-only '/clusters/${CLUSTER_ID}'`,
    ])
  })

  test('of an alert that is over are none', async () => {
    await save(aCase({ alerts: [anAlert({ status: 'resolved' })] }))
    expect((await page('/cases/case-1')).body).not.toContain('Next steps')
  })
})

describe('the figures', () => {
  test('are charts with the same as tables, and JSON', async () => {
    await save(
      aCase({
        receipts: [{ action: 'snooze', result: 'updated', why: null, link: null, at: '2026-11-22T11:50:03.000Z' }],
      }),
    )
    const { body } = await page('/figures?days=7')
    expect(body).toContain('<title>22 Nov: busy 1</title>')
    expect(body).toContain('<td class="number">2026-11-22</td>')
    expect(body).toContain('3.0 s')
    const answer = await running.server.inject({ url: '/api/figures?days=7', headers: asOperator })
    expect(answer.json()).toMatchObject({ cases: 1, byResult: { avoided: 1 }, byReason: { busy: 1 } })
    expect(answer.json().days).toHaveLength(7)
  })

  test('of no case at all are calm, and of another span are refused', async () => {
    expect((await page('/figures')).body).toContain('The last 30 days')
    expect((await running.server.inject({ url: '/api/figures?days=8', headers: asOperator })).statusCode).toBe(400)
  })
})

describe('a link', () => {
  test('leads to the issues where they are opened, and nowhere like it', async () => {
    await running.close()
    const GITHUB_TOKEN = 'github-token-0123456789'
    running = await startTestServer({ environment: { GITHUB_REPOSITORY: 'acme/clusters', GITHUB_TOKEN } })
    const receipt = { action: 'issue', result: 'created', why: null, at: '2026-11-22T11:50:03.000Z' } as const
    const links = ['https://github.com/acme/clusters/issues/7', 'https://github.com.evil.example/x']
    await save(aCase({ receipts: links.map((link) => ({ ...receipt, link })) }))
    const { body } = await page('/cases/case-1')
    expect(body).toContain('<a href="https://github.com/acme/clusters/issues/7"')
    expect(body).not.toContain('href="https://github.com.evil')
  })
})
