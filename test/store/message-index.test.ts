import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { Database } from '../../src/store/sqlite/database.ts'
import { SqliteMessageIndex } from '../../src/store/sqlite/message-index.ts'
import { CHANNEL, ID, messageIndexContract, type OpenedIndex } from './message-index-contract.ts'

async function openIndex(): Promise<OpenedIndex & { database: () => Database }> {
  const directory = mkdtempSync(join(tmpdir(), 'message-index-'))
  let database = new Database(directory)
  return {
    index: new SqliteMessageIndex(database),
    database: () => database,
    async reopen() {
      database.close()
      database = new Database(directory)
      return new SqliteMessageIndex(database)
    },
    dump: async () => JSON.stringify(database.all('SELECT document FROM messages')),
    async close() {
      database.close()
      rmSync(directory, { recursive: true })
    },
  }
}

messageIndexContract('of the embedded store', openIndex)

test('a look-up in the embedded store uses the index by cluster, channel and time, and no scan', async () => {
  const { database, close } = await openIndex()
  const plan = database().all(
    `EXPLAIN QUERY PLAN SELECT m.document FROM message_clusters c JOIN messages m ON m.channel = c.channel AND m.ts = c.ts
     WHERE c.cluster_id = ? AND c.channel = ? AND c.ts_ms BETWEEN ? AND ? ORDER BY c.ts_ms, c.ts`,
    ID,
    CHANNEL,
    0,
    1,
  )
  await close()
  expect(plan.map((row) => String(row.detail)).filter((detail) => !detail.startsWith('SEARCH'))).toEqual([])
})
