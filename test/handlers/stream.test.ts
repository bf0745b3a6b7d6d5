import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { StoreUnavailableError } from '../../src/errors.ts'
import { EventStream } from '../../src/handlers/api/event-stream.ts'
import { openRedisStore } from '../../src/store/redis/open.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { startRedis } from '../real/redis.ts'
import { waitUntil } from '../support/wait-until.ts'
import { aCase } from './a-case.ts'
import { asOperator, NOW_MS, startTestServer, type TestServer } from './test-server.ts'

let running: TestServer
let url: string
let readers: Reader[]

beforeEach(async () => {
  readers = []
  running = await startTestServer()
  url = await running.server.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(async () => {
  await Promise.all(readers.map((reader) => reader.leave()))
  await running.close()
})

interface Reader {
  response: Response
  /** All that came so far. */
  text: () => string
  hasEnded: () => boolean
  leave: () => Promise<void>
}

async function read(headers: Record<string, string> = asOperator, at = url, query = ''): Promise<Reader> {
  const leaving = new AbortController()
  const response = await fetch(`${at}/api/stream${query}`, { headers, signal: leaving.signal })
  let text = ''
  let hasEnded = false
  const ending = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString()
  })()
    .catch(() => undefined)
    .finally(() => {
      hasEnded = true
    })
  const reader = {
    response,
    text: () => text,
    hasEnded: () => hasEnded,
    async leave() {
      leaving.abort()
      await ending
    },
  }
  readers.push(reader)
  return reader
}

const save = (server: Pick<TestServer, 'store'>, id: string) =>
  server.store.saveCase(aCase({ id, groupKey: id }), { mergedUpTo: null, isSettled: true })

/** Until the server has begun to watch the store: what is stored before that is told to nobody. */
async function untilTold(reader: Reader, server: Pick<TestServer, 'store'>, told: Reader = reader): Promise<void> {
  let count = 0
  await waitUntil('a first change to be told', async () => {
    count += 1
    await save(server, `first-${count}`)
    return told.text().includes('event: changed')
  })
}

describe('the stream', () => {
  test('tells which cases were stored, and nothing of what they hold', async () => {
    const reader = await read()
    expect(reader.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(reader.response.headers.get('x-content-type-options')).toBe('nosniff')
    await untilTold(reader, running)
    await save(running, 'case-7')
    await waitUntil('the change to be told', () => reader.text().includes('"case-7"'))
    expect(
      reader
        .text()
        .match(/^(?:event|data|retry): .*$/gm)
        ?.at(-1),
    ).toMatch(/^data: \{"cases":\[("[\w-]+",?)+\]\}$/)
  })

  test('tells the mode to whoever comes, and when it changes', async () => {
    const reader = await read()
    await waitUntil('the mode to be told', () => reader.text().includes('event: mode'))
    expect(reader.text()).toContain('event: mode\ndata: {"mode":"shadow","paused":false,"frozen":false}\n\n')
    running.operations.setting = { mode: 'live', paused: true }
    await waitUntil('the change to be told', () => reader.text().includes('"paused":true'))
    expect(reader.text().match(/event: mode/g)).toHaveLength(2)
  })

  test('tells whoever says what it knows of all that was stored since, others listening or not', async () => {
    const { position } = await running.store.changesSince(null)
    await save(running, 'before-anybody')
    const first = await read(asOperator, url, `?since=${position}`)
    await waitUntil('the change to be told', () => first.text().includes('"before-anybody"'))
    const second = await read(asOperator, url, `?since=${position}`)
    await waitUntil('the change to be told', () => second.text().includes('"before-anybody"'))
    expect((await read(asOperator, url, '?since=x')).response.status).toBe(400)
  })

  test('tells whoever listens, and whoever comes, that the store is away, and when it is back', async () => {
    await running.close()
    let isAway = false
    running = await startTestServer({
      wrapStore: (store) => ({
        ...store,
        async changesSince(position) {
          if (isAway) throw new StoreUnavailableError('away')
          return store.changesSince(position)
        },
      }),
    })
    url = await running.server.listen({ host: '127.0.0.1', port: 0 })
    const first = await read()
    await untilTold(first, running)
    isAway = true
    await waitUntil('the outage to be told', () => first.text().includes('event: store\ndata: {"readable":false}'))
    const second = await read()
    await waitUntil('the newcomer to know', () => second.text().includes('{"readable":false}'))
    await save(running, 'meanwhile')
    isAway = false
    await waitUntil('the return to be told', () => first.text().includes('{"readable":true}'))
    await waitUntil('what was missed to be told', () => first.text().includes('"meanwhile"'))
  }, 30_000)

  test('is for operators alone', async () => {
    expect((await read({})).response.status).toBe(401)
    expect((await read({ authorization: 'Bearer nope' })).response.status).toBe(401)
  })

  test('takes a hundred readers and refuses the next, until one leaves', async () => {
    const first = await Promise.all(Array.from({ length: 100 }, () => read()))
    expect(first.every(({ response }) => response.ok)).toBe(true)
    expect((await read()).response.status).toBe(503)
    await first[0]?.leave()
    await waitUntil('a place to be free', async () => (await read()).response.ok)
  })

  test('does not keep the server from closing', async () => {
    const reader = await read()
    await running.server.close()
    await waitUntil('the stream to end', reader.hasEnded)
  })

  test('tells at one replica what another one stored', async () => {
    const redis = await startRedis()
    const open = () => openRedisStore(redis.url, { now: () => NOW_MS, logger: createLogger('silent') })
    const [here, there] = await Promise.all([open(), open()])
    const replica = await startTestServer({ wrapStore: () => here })
    try {
      const at = await replica.server.listen({ host: '127.0.0.1', port: 0 })
      const reader = await read(asOperator, at)
      await untilTold(reader, { store: there })
      await save({ store: there }, 'case-of-another')
      await waitUntil('the change to be told', () => reader.text().includes('"case-of-another"'))
    } finally {
      await replica.close()
      await Promise.all([here.close(), there.close()])
      await redis.stop()
    }
  })
})

describe('a reader that does not read', () => {
  test('is cut off before it costs much memory', async () => {
    const opened: ServerResponse[] = []
    const server = createServer((_request, response) => void opened.push(response)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
    try {
      socket.pause()
      socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
      const response = await waitUntil('the request', () => opened[0])
      const stream = new EventStream(response, {})
      const cases = Array.from({ length: 100 }, (_, at) => `case-${at}`)
      await waitUntil('the connection to be cut', () => {
        for (let at = 0; at < 1_000; at += 1) stream.send({ event: 'changed', cases })
        return response.destroyed
      })
      expect(response.writableLength).toBeLessThan(1_000_000)
    } finally {
      socket.destroy()
      server.closeAllConnections()
      server.close()
    }
  })
})
