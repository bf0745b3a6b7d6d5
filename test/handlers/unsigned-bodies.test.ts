import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import Fastify, { type FastifyInstance } from 'fastify'
import { HttpError } from '../../src/handlers/http-error.ts'
import { holdWithinLimit } from '../../src/handlers/unsigned-bodies.ts'
import { waitUntil } from '../support/wait-until.ts'

let server: FastifyInstance
let port: number
const open: Socket[] = []

beforeEach(async () => {
  server = Fastify()
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body)
  server.setErrorHandler((error, _request, reply) =>
    reply.code(error instanceof HttpError ? error.statusCode : 500).send(),
  )
  server.post('/', { preParsing: holdWithinLimit(1_000) }, async ({ body }) =>
    Buffer.isBuffer(body) ? body.toString() : '',
  )
  await server.listen({ host: '127.0.0.1', port: 0 })
  port = (server.server.address() as AddressInfo).port
})
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy()
  await server.close()
})

function begin(bytes: number): Socket {
  const socket = connect(port, '127.0.0.1')
  open.push(socket)
  socket.on('error', () => undefined)
  socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-type: a/b\r\ncontent-length: 999\r\n\r\n${'x'.repeat(bytes)}`)
  return socket
}

async function post(body: string) {
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers: { 'content-type': 'a/b' } })
  return { status: answer.status, body: await answer.text() }
}

describe('bodies whose sender is not known yet', () => {
  test('go through as they are, one after another, however many', async () => {
    for (let at = 0; at < 5; at += 1)
      expect(await post('y'.repeat(900))).toEqual({ status: 200, body: 'y'.repeat(900) })
  })

  test('are refused 503 while too much is held of others, and taken again once those have left', async () => {
    const held = [begin(400), begin(400)]
    await waitUntil('the place to be taken', async () => (await post('y'.repeat(500))).status === 503)
    expect(await post('y'.repeat(50))).toEqual({ status: 200, body: 'y'.repeat(50) })
    for (const socket of held) socket.destroy()
    await waitUntil('the place to be free', async () => (await post('y'.repeat(900))).status === 200)
  })
})
