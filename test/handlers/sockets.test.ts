import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { webhook } from './a-webhook.ts'
import { startTestServer, type TestServer, WEBHOOK_TOKEN } from './test-server.ts'

jest.setTimeout(150_000)

const HEAD = `POST /webhooks/alertmanager HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${WEBHOOK_TOKEN}\r\ncontent-type: application/json\r\n`
const BODY = JSON.stringify(webhook())

let running: TestServer
let port: number
const open: Socket[] = []

beforeAll(async () => {
  running = await startTestServer()
  await running.server.listen({ host: '127.0.0.1', port: 0 })
  port = (running.server.server.address() as AddressInfo).port
})
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
})
afterAll(() => running.close())

/** Everything that the server answers on one connection until it closes it. */
function exchange(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    open.push(socket)
    const parts: string[] = []
    socket.on('data', (part) => parts.push(part.toString('utf8')))
    socket.on('close', () => resolve(parts.join('')))
    socket.on('error', (error) => (parts.length > 0 ? resolve(parts.join('')) : reject(error)))
    socket.write(bytes)
  })
}

/** A whole request after which the server is to close. */
const whole = (headers: string, body = BODY) =>
  `${HEAD}connection: close\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

describe('a connection', () => {
  test('that is too slow is closed with 408, and others are served meanwhile', async () => {
    const slow = [
      exchange('POST /webhooks/alertmanager HTTP/1.1\r\nhost: x\r\n'),
      exchange(`${HEAD}content-length: 100\r\n\r\n{`),
      ...['/webhooks/pagerduty', '/slack/events', '/api/mode', '/sign-in'].map((path) =>
        exchange(`POST ${path} HTTP/1.1\r\nhost: x\r\n`),
      ),
      ...Array.from({ length: 500 }, () => exchange('GET /')),
    ]
    expect(await exchange(whole(''))).toMatch(/^HTTP\/1\.1 202 /)
    const answers = await Promise.all(slow)
    expect(new Set(answers.map((answer) => answer.slice(0, 12)))).toEqual(new Set(['HTTP/1.1 408']))
    expect(answers[1]).toContain('{"error":"timeout"}')
  })

  test('whose request is under way when the server begins to close still gets its answer', async () => {
    const closing = await startTestServer()
    await closing.server.listen({ host: '127.0.0.1', port: 0 })
    const { port: ownPort } = closing.server.server.address() as AddressInfo
    const arrived = new Promise((resolve) => closing.server.server.once('request', resolve))
    const socket = connect(ownPort, '127.0.0.1')
    open.push(socket)
    const answers: string[] = []
    socket.on('data', (part) => answers.push(part.toString('utf8')))
    socket.write(`${HEAD}content-length: ${Buffer.byteLength(BODY)}\r\n\r\n${BODY.slice(0, -1)}`)
    await arrived
    const closed = closing.close()
    socket.write(BODY.slice(-1))
    await closed
    expect(answers.join('')).toMatch(/^HTTP\/1\.1 202 /)
  })
})

describe('the end of the server', () => {
  test('is not held by a request that never ends', async () => {
    const ending = await startTestServer()
    await ending.server.listen({ host: '127.0.0.1', port: 0 })
    const socket = connect((ending.server.server.address() as AddressInfo).port, '127.0.0.1')
    open.push(socket)
    const isCut = new Promise((resolve) => socket.on('close', resolve))
    socket.on('error', () => undefined)
    const arrived = new Promise((resolve) => ending.server.server.once('request', resolve))
    socket.write(`${HEAD}content-length: 1000\r\n\r\n{"a`)
    await arrived
    await ending.close()
    await isCut
  })
})
