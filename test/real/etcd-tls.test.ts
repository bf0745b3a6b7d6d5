import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { Etcd3 } from 'etcd3'
import { createEtcdClient } from '../../src/clients/etcd.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import { freePort } from '../support/free-port.ts'
import { startProgram } from './program.ts'

jest.setTimeout(150_000)

const KEY = '/clusters/.sentinel'

/** What one look says, by an etcd's address and the authority that we trust. */
async function look(url: string, authority: string | null) {
  const ca = authority === null ? null : secretFromValue(authority)
  const client = createEtcdClient({ endpoints: [url], auth: null, ca, client: null }, { deadlineMs: 5_000 })
  try {
    return await client.look([KEY])
  } finally {
    client.close()
  }
}

describe('an etcd that speaks TLS', () => {
  test('is read with the authority of its certificate, and refused without', async () => {
    const url = `https://127.0.0.1:${await freePort()}`
    const peerUrl = `http://127.0.0.1:${await freePort()}`
    let folder = ''
    let authority = ''
    const etcd = await startProgram({
      binaries: ['etcd'],
      args(dataDir) {
        folder = dataDir
        return [
          `--data-dir=${dataDir}/etcd`,
          '--auto-tls',
          `--listen-client-urls=${url}`,
          `--advertise-client-urls=${url}`,
          `--listen-peer-urls=${peerUrl}`,
        ]
      },
      async isReady() {
        authority = await readFile(join(folder, 'etcd', 'fixtures', 'client', 'cert.pem'), 'utf8')
        await store(url, authority)
        return true
      },
    })
    try {
      expect(await look(url, authority)).toMatchObject({ kind: 'read', counts: [1] })
      expect(await look(url, null)).toMatchObject({ kind: 'refused', why: expect.stringContaining('over TLS') })
      expect(await look(url.replace('https:', 'http:'), null)).toMatchObject({ kind: 'unavailable' })
    } finally {
      await etcd.stop()
    }
  })
})

async function store(url: string, authority: string): Promise<void> {
  const client = new Etcd3({ hosts: url, credentials: { rootCertificate: Buffer.from(authority) } })
  try {
    await client.put(KEY).value('').exec()
  } finally {
    client.close()
  }
}
