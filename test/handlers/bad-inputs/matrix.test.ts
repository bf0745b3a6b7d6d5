import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { BODIES, CREDENTIALS, HEADS, type Outcome, type Request, type Row, VALUES } from './rows.ts'
import { type AllSurfaces, SURFACES, type Surface, type SurfaceName, startSurfaces } from './surfaces.ts'

let running: AllSurfaces

beforeAll(async () => {
  running = await startSurfaces()
})
afterAll(() => running.close())

function goodRequest({ method, path, goodBody, prove }: Surface): Request {
  const body = Buffer.from(goodBody())
  return { method, url: path, headers: { 'content-type': 'application/json', ...prove(body) }, body }
}

async function send({ method, url, headers, body }: Request) {
  const answer = await running.server.inject({
    method: method as 'POST',
    url,
    headers,
    ...(body.length > 0 || headers['content-type'] !== undefined ? { payload: body } : {}),
  })
  return { statusCode: answer.statusCode, body: answer.body, headers: answer.headers }
}

const SURFACE_NAMES: readonly SurfaceName[] = ['alertmanager', 'pagerduty', 'slack', 'api']
const cases = (rows: readonly Row[]) =>
  rows.flatMap(({ what, make, expected }) =>
    SURFACE_NAMES.flatMap((name) => {
      const outcome = expected[name]
      return outcome === undefined ? [] : [[what, name, outcome, make] as const]
    }),
  )

describe.each([
  ['A credential', CREDENTIALS],
  ['A head', HEADS],
  ['A body', BODIES],
  ['A value', VALUES],
])('%s that is bad:', (_kind, rows) => {
  test.each(cases(rows))('%s at %s is %s', async (_what, name, outcome, make) => {
    const surface = SURFACES[name]
    const good = goodRequest(surface)
    const before = await running.traces()
    const answer = await send({ ...good, ...make(good, surface) })
    const after = await running.traces()
    expectOutcome(outcome, answer)
    expect(after.quarantined - before.quarantined).toBe(outcome === 'set aside' ? 1 : 0)
    if (outcome !== 'taken') expect(after.others).toEqual(before.others)
    expect(answer.body).not.toContain('canary')
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none'/)
    expect(running.logged()).not.toContain('canary')
    expect(running.logged()).not.toMatch(/"level":"?(?:error|fatal|50|60)/)
  })
})

function expectOutcome(outcome: Outcome, { statusCode, body }: { statusCode: number; body: string }): void {
  if (outcome === 'taken') expect([200, 202]).toContain(statusCode)
  else if (outcome === 'set aside') expect([statusCode, body]).toEqual([202, '{"status":"accepted"}'])
  else {
    const [status, word] = outcome.split(' ')
    expect([statusCode, body]).toEqual([Number(status), `{"error":"${word}"}`])
  }
}

describe('After all of them', () => {
  test.each(SURFACE_NAMES)('a good request at %s is taken in, and leaves a trace', async (name) => {
    const before = await running.traces()
    const { statusCode } = await send(goodRequest(SURFACES[name]))
    expect([200, 202]).toContain(statusCode)
    expect((await running.traces()).others).not.toEqual(before.others)
  })
})
