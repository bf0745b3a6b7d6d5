import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type AllSurfaces, SURFACES, type SurfaceName, startSurfaces } from './surfaces.ts'

jest.setTimeout(150_000)

let running: AllSurfaces
let port: number

beforeAll(async () => {
  running = await startSurfaces()
  await running.server.listen({ host: '127.0.0.1', port: 0 })
  port = (running.server.server.address() as AddressInfo).port
})
afterAll(() => running.close())

/** Everything that the server answers on one connection until it closes it. */
function exchange(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const parts: string[] = []
    socket.on('data', (part) => parts.push(part.toString('utf8')))
    socket.on('close', () => resolve(parts.join('')))
    socket.on('error', (error) => (parts.length > 0 ? resolve(parts.join('')) : reject(error)))
    socket.write(bytes)
  })
}

/** A request line and head that would be good, with its body's proof, and the body. */
interface Good {
  line: string
  head: string
  body: string
}

function goodOf(name: SurfaceName): Good {
  const { method, path, goodBody, prove } = SURFACES[name]
  const body = goodBody()
  const headers = { host: 'x', 'content-type': 'application/json', ...prove(Buffer.from(body)) }
  const head = Object.entries(headers).map(([key, value]) => `${key}: ${value}\r\n`)
  return { line: `${method} ${path} HTTP/1.1\r\n`, head: head.join(''), body }
}

const LENGTH = ({ body }: Good) => `content-length: ${Buffer.byteLength(body)}\r\n`
const CLOSE = 'connection: close\r\n'
const chunks = (body: string) => `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`

type Wire = (good: Good, limit: number) => string | Buffer
/** A whole good request with more in its head. */
const more =
  (headers: string): Wire =>
  (good) =>
    `${good.line}${good.head}${headers}${CLOSE}${LENGTH(good)}\r\n${good.body}`
/** A good request whose line or head is another one. */
const turned =
  (change: (line: string) => string): Wire =>
  (good) =>
    `${change(good.line)}${good.head}${CLOSE}${LENGTH(good)}\r\n${good.body}`

const ROWS: readonly [string, number, string, Wire][] = [
  ['a whole address', 400, 'bad_request', turned((line) => line.replace(' /', ' http://x/'))],
  ['another host’s address', 400, 'bad_request', turned((line) => line.replace(' /', ' https://canary.example/'))],
  ['a broken escape', 400, 'bad_request', turned((line) => line.replace(' HTTP', '%zz HTTP'))],
  ['a part that is a fragment', 400, 'bad_request', turned((line) => line.replace(' HTTP', '#canary HTTP'))],
  ['a path upwards', 404, 'not_found', turned((line) => line.replace(' /', ' /canary/../'))],
  ['a path to itself', 404, 'not_found', turned((line) => line.replace(' /', ' /./'))],
  ['a double slash', 404, 'not_found', turned((line) => line.replace(' /', ' //'))],
  ['a slash at the end', 404, 'not_found', turned((line) => line.replace(' HTTP', '/ HTTP'))],
  ['a slash in escapes', 404, 'not_found', turned((line) => line.replace(/(\w)\/(\w+) HTTP/, '$1%2F$2 HTTP'))],
  ['another version of HTTP', 400, 'bad_request', turned((line) => line.replace('1.1', '3.7'))],
  ['length and chunks', 400, 'bad_request', more('transfer-encoding: chunked\r\n')],
  ['two lengths', 400, 'bad_request', more('content-length: 4\r\n')],
  ['a length with a sign', 400, 'bad_request', ({ line, head }) => `${line}${head}content-length: +3\r\n\r\n{} `],
  ['a length below nothing', 400, 'bad_request', ({ line, head }) => `${line}${head}content-length: -1\r\n\r\n{} `],
  [
    'another transfer encoding',
    400,
    'bad_request',
    ({ line, head, body }) => `${line}${head}transfer-encoding: xchunked\r\n\r\n${chunks(body)}`,
  ],
  [
    'two transfer encodings in one',
    400,
    'bad_request',
    ({ line, head, body }) => `${line}${head}${CLOSE}transfer-encoding: gzip, chunked\r\n\r\n${chunks(body)}`,
  ],
  [
    'chunks announced twice',
    400,
    'bad_request',
    ({ line, head, body }) =>
      `${line}${head}${CLOSE}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n${chunks(body)}`,
  ],
  [
    'a chunk larger than any number',
    400,
    'bad_request',
    ({ line, head }) => `${line}${head}${CLOSE}transfer-encoding: chunked\r\n\r\n${'f'.repeat(17)}\r\n{}\r\n0\r\n\r\n`,
  ],
  ['a bare line feed', 400, 'bad_request', (good) => more('')(good, 0).toString().replace('host: x\r\n', 'host: x\n')],
  ['a blank before a colon', 400, 'bad_request', more('x-canary : 1\r\n')],
  ['a folded header', 400, 'bad_request', more('x-canary: 1\r\n 2\r\n')],
  ['NUL in a header', 400, 'bad_request', more('x: a\u0000b\r\n')],
  ['no Host', 400, 'bad_request', (good) => more('')(good, 0).toString().replace('host: x\r\n', '')],
  ['an empty Host', 400, 'bad_request', (good) => more('')(good, 0).toString().replace('host: x', 'host:')],
  ['two Hosts', 400, 'bad_request', more('host: y\r\n')],
  ['two content types', 400, 'bad_request', more('content-type: text/plain\r\n')],
  ['an expectation', 400, 'bad_request', more('expect: canary\r\n')],
  ['a head over 16 KB', 431, 'header_too_large', more(`x: ${'a'.repeat(17_000)}\r\n`)],
  ['2,500 headers', 431, 'header_too_large', more('a:\r\n'.repeat(2_500))],
  ['an unknown method', 405, 'method_not_allowed', turned((line) => line.replace(/^\w+/, 'PROPFIND'))],
  ['a method that is none', 400, 'bad_request', turned((line) => line.replace(/^\w+/, 'CANARY'))],
  ['the method TRACE', 405, 'method_not_allowed', turned((line) => line.replace(/^\w+/, 'TRACE'))],
  ['CONNECT', 405, 'method_not_allowed', () => `CONNECT x:80 HTTP/1.1\r\nhost: x\r\n\r\n`],
  [
    'chunks that are too long together',
    413,
    'payload_too_large',
    ({ line, head }, limit) =>
      Buffer.concat([
        Buffer.from(`${line}${head}${CLOSE}transfer-encoding: chunked\r\n\r\n${(limit + 1).toString(16)}\r\n`),
        Buffer.alloc(limit + 1, ' '),
        Buffer.from('\r\n0\r\n\r\n'),
      ]),
  ],
  ['nonsense', 400, 'bad_request', () => 'canary\r\n\r\n'],
  ['the beginning of HTTP/2', 400, 'bad_request', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
]

describe.each(['alertmanager', 'pagerduty', 'slack', 'api'] as const)('a connection to %s', (name) => {
  test('with a good request gets it taken in, in one piece or in chunks', async () => {
    const whole = goodOf(name)
    expect(await exchange(more('')(whole, 0))).toMatch(/^HTTP\/1\.1 20[02] /)
    const { line, head, body } = goodOf(name)
    const inChunks = `${line}${head}${CLOSE}transfer-encoding: Chunked\r\n\r\n${chunks(body)}`
    expect(await exchange(inChunks)).toMatch(/^HTTP\/1\.1 20[02] /)
  })

  test.each(ROWS)('with %s gets %d and the one error body, and leaves nothing', async (_what, status, code, wire) => {
    const before = await running.traces()
    const answer = await exchange(wire(goodOf(name), SURFACES[name].limit))
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer.endsWith(`{"error":"${code}"}`)).toBe(true)
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(answer.toLowerCase()).toContain('x-content-type-options: nosniff')
    expect(answer.toLowerCase()).toContain("content-security-policy: default-src 'none'")
    expect(answer.toLowerCase()).not.toMatch(/^(?:server|x-powered-by):/m)
    expect(await running.traces()).toEqual(before)
    expect(running.logged()).not.toContain('canary')
  })
})

describe('of two Authorization headers', () => {
  test.each(['alertmanager', 'api'] as const)('%s believes neither, whichever comes first', async (name) => {
    const good = goodOf(name)
    const token = /authorization: [^\r]+\r\n/.exec(good.head)?.[0] ?? ''
    for (const two of [`${token}authorization: Bearer canary\r\n`, `authorization: Bearer canary\r\n${token}`]) {
      const answer = await exchange(more('')({ ...good, head: good.head.replace(token, two) }, 0))
      expect(answer).toMatch(/^HTTP\/1\.1 401 /)
      expect(answer.endsWith('{"error":"unauthorized"}')).toBe(true)
    }
  })
})

describe('a length that is too short', () => {
  test.each(['alertmanager', 'slack', 'api'] as const)(
    'at %s gets one refusal, and the rest is no request',
    async (name) => {
      const { line, head, body } = goodOf(name)
      const before = await running.traces()
      const answer = await exchange(`${line}${head}content-length: 2\r\n\r\n${body}`)
      expect(answer).toMatch(/^HTTP\/1\.1 40[01] /)
      expect(answer).not.toMatch(/HTTP\/1\.1 2/)
      expect(await running.traces()).toEqual(before)
    },
  )
})
