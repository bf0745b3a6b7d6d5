import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { EtcdSandbox } from '../../sandbox/etcd/etcd.ts'
import { createEtcdClient, type EtcdClient } from '../../src/clients/etcd.ts'
import type { EtcdAccess } from '../../src/config/etcd-access.ts'
import { secretFromFile, secretFromValue } from '../../src/config/secret.ts'
import { freePort } from '../support/free-port.ts'

/** Short, since some looks are meant to run into it, in ms. */
const DEADLINE_MS = 2_000
const PASSWORD = 'correct horse battery staple'

let sandbox: EtcdSandbox
let clients: EtcdClient[]
let servers: { server: Server; sockets: Set<Socket> }[]
let observed: string[]

// Etcd's library takes a second to load, and more on a busy machine: not within the first look's deadline.
beforeAll(async () => {
  await import('etcd3')
})

beforeEach(async () => {
  sandbox = new EtcdSandbox()
  await sandbox.start()
  clients = []
  servers = []
  observed = []
})

afterEach(() => {
  for (const client of clients) client.close()
  for (const { server, sockets } of servers) {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  sandbox.close()
})

function connect(access: Partial<EtcdAccess> = {}): EtcdClient {
  const client = createEtcdClient(
    { endpoints: [sandbox.endpoint], auth: null, ca: null, client: null, ...access },
    { deadlineMs: DEADLINE_MS, observe: (operation, outcome) => observed.push(`${operation} ${outcome}`) },
  )
  clients.push(client)
  return client
}

/** A TCP peer that takes connections and never says a word. */
function silentPeer(): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  servers.push({ server, sockets })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
    })
  })
}

function name(endpoint: string): string {
  return endpoint.replace('http://', '')
}

describe('one look', () => {
  test('counts the exact keys in the order asked, with who answered and at what revision', async () => {
    sandbox.put('/clusters/.sentinel')
    sandbox.put('/clusters/a-and-more')
    expect(await connect().look(['/clusters/.sentinel', '/clusters/a'])).toEqual({
      kind: 'read',
      counts: [1, 0],
      revision: 3n,
      clusterId: sandbox.clusterId,
      memberId: expect.stringMatching(/^\d+$/),
      alarms: [],
      endpoint: name(sandbox.endpoint),
    })
    expect(observed).toEqual(['read ok'])
  })

  test('tells the alarms that are raised', async () => {
    sandbox.alarms = ['NOSPACE', 'CORRUPT']
    expect(await connect().look(['/a'])).toMatchObject({ kind: 'read', alarms: ['NOSPACE', 'CORRUPT'] })
  })

  test.each([
    ['unavailable', 'unavailable', "can't be asked (etcdserver: no leader)"],
    ['refuses', 'refused', 'denies us the permission to read the keys'],
    ['hangs', 'unavailable', 'did not answer'],
  ] as const)('of an etcd that is told "%s" is %s, and says so of the endpoint', async (behaviour, kind, why) => {
    sandbox.put('/a')
    const client = connect()
    sandbox.behaviour = behaviour
    const answer = await client.look(['/a'])
    expect(answer).toMatchObject({ kind, why: expect.stringContaining(`${name(sandbox.endpoint)} ${why}`) })
    expect(observed).toEqual([`read ${kind}`])
    sandbox.behaviour = 'well'
    // No breaker stands open after failures: the very next look is asked.
    expect(await client.look(['/a'])).toMatchObject({ kind: 'read', counts: [1] })
  })

  test.each([[null], ['reader']])('of a peer that never says a word ends, as user %s', async (username) => {
    const endpoint = await silentPeer()
    const auth = username === null ? null : { username, password: secretFromValue(PASSWORD) }
    const answer = await connect({ endpoints: [endpoint], auth }).look(['/a'])
    expect(answer).toMatchObject({ kind: 'unavailable', why: expect.stringContaining('did not answer') })
  })

  test('of a refused port is unavailable', async () => {
    const port = await freePort()
    const answer = await connect({ endpoints: [`http://127.0.0.1:${port}`] }).look(['/a'])
    expect(answer).toMatchObject({ kind: 'unavailable', why: expect.stringContaining('ECONNREFUSED') })
  })

  test('over TLS at a peer that speaks none is refused: a person must mend it', async () => {
    const endpoint = sandbox.endpoint.replace('http:', 'https:')
    const answer = await connect({ endpoints: [endpoint] }).look(['/a'])
    expect(answer).toMatchObject({ kind: 'refused', why: expect.stringContaining('over TLS') })
  })
})

test('a client that was closed asks nobody', async () => {
  const client = connect()
  client.close()
  expect(await client.look(['/a'])).toMatchObject({ kind: 'unavailable' })
  expect(sandbox.calls).toBe(0)
})

test('a look at an etcd that has no leader costs two tries, of two calls each, and no hidden ones', async () => {
  const client = connect()
  sandbox.behaviour = 'unavailable'
  await client.look(['/a'])
  expect(sandbox.calls).toBeGreaterThan(1)
  expect(sandbox.calls).toBeLessThanOrEqual(4)
})

describe('several members', () => {
  test.each([
    ['', null],
    [', before it gives a token either', { username: 'reader', password: secretFromValue(PASSWORD) }],
  ])('one that hangs or refuses connections does not hide the one that answers%s', async (_, auth) => {
    sandbox.put('/a')
    const endpoints = [await silentPeer(), `http://127.0.0.1:${await freePort()}`, sandbox.endpoint]
    const client = connect({ endpoints, auth })
    const expected = { kind: 'read', counts: [1], endpoint: name(sandbox.endpoint) }
    expect(await client.look(['/a'])).toMatchObject(expected)
    expect(await client.look(['/a'])).toMatchObject(expected)
    expect(client.endpoints).toEqual(endpoints.map(name))
  })

  test('the excepted one is never asked', async () => {
    const silent = await silentPeer()
    const client = connect({ endpoints: [sandbox.endpoint, silent] })
    const answer = await client.look(['/a'], { except: name(sandbox.endpoint) })
    expect(answer).toMatchObject({ kind: 'unavailable', why: expect.stringContaining(name(silent)) })
    expect(await client.look(['/a'], { except: name(silent) })).toMatchObject({ kind: 'read' })
  })

  test('a refusal by any of them outweighs the silence of the others', async () => {
    sandbox.behaviour = 'refuses'
    const client = connect({ endpoints: [`http://127.0.0.1:${await freePort()}`, sandbox.endpoint] })
    expect(await client.look(['/a'])).toMatchObject({
      kind: 'refused',
      why: expect.stringMatching(/ECONNREFUSED.*; .*denies us the permission/),
    })
  })
})

describe('credentials', () => {
  test('are in no failure', async () => {
    const auth = { username: 'reader', password: secretFromValue(PASSWORD) }
    for (const behaviour of ['unavailable', 'refuses', 'hangs'] as const) {
      sandbox.behaviour = behaviour
      expect(JSON.stringify(await connect({ auth }).look(['/a']))).not.toContain(PASSWORD)
    }
  })

  test('are read again when their file changes, and a file that vanishes is told of', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'etcd-client-'))
    const path = join(directory, 'password')
    try {
      writeFileSync(path, 'first')
      const client = connect({ auth: { username: 'reader', password: secretFromFile(path) } })
      await client.look(['/a'])
      writeFileSync(path, 'second')
      utimesSync(path, 1, 1)
      await client.look(['/a'])
      expect(sandbox.passwords).toEqual(['first', 'second'])
      rmSync(path)
      expect(await client.look(['/a'])).toMatchObject({ kind: 'refused', why: expect.stringContaining('credentials') })
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
