import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { FastifyPluginAsync } from 'fastify'
import { asAlertmanager, asOperator, startTestServer, type TestServer } from './test-server.ts'

/** Every route of the surface and who may use it. A new route has to be added here. */
const DECLARED: Record<string, string> = {
  'GET /': 'operator',
  'GET /assets/copy.js': 'none',
  'GET /assets/icon.svg': 'none',
  'GET /assets/live.js': 'none',
  'GET /assets/morph.js': 'none',
  'GET /assets/ticking.js': 'none',
  'GET /api/cases': 'operator',
  'GET /api/cases/:id': 'operator',
  'POST /api/cases/:id/recheck': 'operator',
  'POST /api/cases/:id/hand-over': 'operator',
  'POST /api/cases/:id/snooze': 'operator',
  'POST /api/cases/:id/wake': 'operator',
  'POST /api/explain': 'operator',
  'GET /api/figures': 'operator',
  'GET /api/mode': 'operator',
  'GET /api/stream': 'operator',
  'PUT /api/mode': 'operator',
  'GET /cases/:id': 'operator',
  'POST /cases/:id/hand-over': 'operator',
  'POST /cases/:id/recheck': 'operator',
  'POST /cases/:id/snooze': 'operator',
  'POST /cases/:id/wake': 'operator',
  'GET /figures': 'operator',
  'GET /healthz': 'none',
  'GET /metrics': 'none',
  'POST /mode': 'operator',
  'GET /openapi.json': 'none',
  'GET /readyz': 'none',
  'GET /sign-in/callback': 'none',
  'GET /sign-in/oidc': 'none',
  'POST /sign-in': 'none',
  'POST /sign-out': 'operator',
  'POST /slack/events': 'slack',
  'POST /wake-all': 'operator',
  'POST /webhooks/alertmanager': 'alertmanager',
}

/** The organisation's sign-in has routes of its own. */
const OIDC = {
  PUBLIC_URL: 'http://responder.example.com',
  OIDC_ISSUER: 'https://id.example.com',
  OIDC_CLIENT_ID: 'responder',
  OIDC_CLIENT_SECRET: 'client-secret-0123456789',
  OIDC_OPERATORS: 'ann@example.com',
}

const found: Record<string, string> = {}
const slackPlugin: FastifyPluginAsync = async (scope) => {
  scope.post('/slack/events', { config: { auth: 'slack' } }, async () => 'ok')
}
let running: TestServer

beforeAll(async () => {
  running = await startTestServer({
    environment: OIDC,
    slackPlugin,
    beforeReady: (server) =>
      server.addHook('onRoute', ({ method, url, config }) => {
        for (const one of [method].flat()) if (one !== 'HEAD') found[`${one} ${url}`] = config?.auth ?? 'undeclared'
      }),
  })
})
afterAll(() => running.close())

describe('the routes', () => {
  test('each declare who may use them, and no other exists', () => {
    expect(found).toEqual(DECLARED)
  })

  test('are all described at /openapi.json', async () => {
    const { paths } = (await running.server.inject('/openapi.json')).json<{
      paths: Record<string, Record<string, unknown>>
    }>()
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    )
    expect(described.sort()).toEqual(Object.keys(DECLARED).sort())
  })

  test('that do not declare it keep the server from starting', async () => {
    const undeclared: FastifyPluginAsync = async (scope) => {
      scope.get('/secret', async () => 'secret')
    }
    await expect(startTestServer({ slackPlugin: undeclared })).rejects.toThrow(
      'route /secret does not declare who may use it',
    )
  })

  const closed = Object.entries(DECLARED).filter(([, auth]) => auth === 'operator' || auth === 'alertmanager')
  test.each(closed)('%s answers 401 to nobody and to the other kind of token', async (route, auth) => {
    const [method = '', pattern = ''] = route.split(' ')
    const isForm = !pattern.startsWith('/api') && !pattern.startsWith('/webhooks')
    const other = auth === 'operator' ? asAlertmanager : asOperator
    for (const authorization of [undefined, other.authorization, 'Bearer x', 'Basic eDp5']) {
      const answer = await running.server.inject({
        method: method as 'GET',
        url: `${pattern.replace(':id', 'case-1')}?token=${asOperator.authorization.slice(7)}`,
        headers: {
          ...(method === 'GET'
            ? {}
            : { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' }),
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(method === 'GET' ? {} : { payload: isForm ? 'paused=true' : '{}' }),
      })
      expect(answer.statusCode).toBe(401)
    }
    expect(running.operations.asked).toEqual([])
  })
})

describe('every answer', () => {
  test.each([
    ['a page', 'GET', '/', 401],
    ['health', 'GET', '/healthz', 200],
    ['an unknown path', 'GET', '/nothing', 404],
    ['another method', 'PUT', '/webhooks/alertmanager', 405],
    ['a bad address', 'GET', '/%zz', 400],
    ['a missing type', 'POST', '/webhooks/alertmanager', 415],
  ] as const)('carries the security headers: %s', async (_what, method, url, status) => {
    const { statusCode, headers } = await running.server.inject({ method, url })
    expect(statusCode).toBe(status)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; script-src 'self'; /,
    )
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect(headers['cache-control']).toBe('no-store')
    expect(headers).not.toHaveProperty('server')
    expect(headers).not.toHaveProperty('x-powered-by')
    expect(headers).not.toHaveProperty('strict-transport-security')
  })

  test('asks for TLS where people reach us by TLS', async () => {
    const secure = await startTestServer({ environment: { PUBLIC_URL: 'https://responder.example.com/' } })
    const { headers } = await secure.server.inject('/healthz')
    await secure.close()
    expect(headers['strict-transport-security']).toBe('max-age=31536000')
  })
})
