import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Etcd3, EtcdPermissionDeniedError, GRPCDeadlineExceededError, GRPCUnavailableError } from 'etcd3'
import { EtcdSandbox } from '../../sandbox/etcd/etcd.ts'
import { startSandbox } from '../../sandbox/sandbox.ts'

/** Short, since some calls are meant to run into it, in ms. */
const DEADLINE_MS = 300

let sandbox: EtcdSandbox
let client: Etcd3

beforeEach(async () => {
  sandbox = new EtcdSandbox()
  await sandbox.start()
  client = connect()
})

afterEach(() => {
  client.close()
  sandbox.close()
})

function connect(): Etcd3 {
  return new Etcd3({
    hosts: sandbox.endpoint,
    auth: { username: 'reader', password: 'any' },
    defaultCallOptions: () => ({ deadline: Date.now() + DEADLINE_MS }),
  })
}

describe("the sandbox's etcd, asked by etcd's own client", () => {
  test('a key that was put is found, at a revision that grew; a removed one is not', async () => {
    sandbox.put('/clusters/a', 'record')
    expect(await client.get('/clusters/a').exec()).toMatchObject({ count: '1', header: { revision: '2' } })
    expect(await client.get('/clusters/a').string()).toBe('record')
    expect(await client.get('/clusters').exec()).toMatchObject({ count: '0', kvs: [] })
    sandbox.remove('/clusters/a')
    expect(await client.get('/clusters/a').exec()).toMatchObject({ count: '0', header: { revision: '3' } })
  })

  test('a transaction reads several keys in the order asked', async () => {
    sandbox.put('/clusters/a', 'record')
    const success = ['/clusters/b', '/clusters/a'].map((key) => ({
      request_range: { key: Buffer.from(key), count_only: true },
    }))
    const answer = await client.kv.txn({ compare: [], success, failure: [] })
    expect(answer.responses.map(({ response_range }) => response_range.count)).toEqual(['0', '1'])
  })

  test('its status tells cluster id and alarms, and a reset takes all back', async () => {
    sandbox.clusterId = '7'
    sandbox.alarms = ['NOSPACE']
    sandbox.put('/clusters/a')
    expect(await client.maintenance.status()).toMatchObject({
      header: { cluster_id: '7' },
      errors: [expect.stringContaining('NOSPACE')],
    })
    sandbox.reset()
    expect(await client.maintenance.status()).toMatchObject({
      header: { cluster_id: '14841639068965178418', revision: '1' },
      errors: [],
    })
    expect(await client.get('/clusters/a').exec()).toMatchObject({ count: '0' })
  })

  test.each([
    ['unavailable', GRPCUnavailableError],
    ['refuses', EtcdPermissionDeniedError],
    ['hangs', GRPCDeadlineExceededError],
  ] as const)('when it is told "%s" a read fails as it would with a real one', async (behaviour, kind) => {
    await client.get('/clusters/a').exec()
    sandbox.behaviour = behaviour
    await expect(client.get('/clusters/a').exec()).rejects.toBeInstanceOf(kind)
    sandbox.behaviour = 'well'
    client.close()
    client = connect() // The old one has cut itself off by its breaker.
    expect(await client.get('/clusters/a').exec()).toMatchObject({ count: '0' })
  })
})

test('the whole sandbox has one, which listens once it is started and ends with the rest', async () => {
  const whole = await startSandbox()
  expect(whole.etcd.endpoint).toBe('')
  const endpoint = await whole.etcd.start()
  expect(await whole.etcd.start()).toBe(endpoint)
  whole.etcd.alarms = ['CORRUPT']
  whole.reset()
  expect(whole.etcd).toMatchObject({ endpoint, alarms: [] })
  await whole.close()
  expect(whole.etcd.endpoint).toBe('')
})
