import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { IndexedMessage } from '../../src/model/slack-message.ts'
import { Database } from '../../src/store/sqlite/database.ts'
import { SqliteMessageIndex } from '../../src/store/sqlite/message-index.ts'

const CHANNEL = 'C9XGSR292'
const ID = 'c0ffee00000000000001'
const OTHER_ID = 'c0ffee00000000000002'
const WHOLE = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }

let directory: string
let database: Database
let index: SqliteMessageIndex

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'message-index-'))
  database = new Database(directory)
  index = new SqliteMessageIndex(database)
})

afterEach(() => {
  database.close()
  rmSync(directory, { recursive: true })
})

function message(ts: string, text: string, more: Partial<IndexedMessage> = {}): IndexedMessage {
  const author = { botId: 'B1', appId: null, userId: null, name: 'poster' }
  return { channel: CHANNEL, ts, threadTs: null, author, segments: [text], editedTs: null, ...more }
}

async function found(clusterId: string, span = WHOLE): Promise<string[]> {
  return (await index.findByCluster(CHANNEL, clusterId, span)).map(({ ts }) => ts)
}

describe('the message index of the embedded store', () => {
  test('a message is found by each cluster it names, oldest first, in its channel and span only', async () => {
    await index.upsertMessages([
      message('1700000002.000001', `b ${ID}`),
      message('1700000001.000001', `a ${ID} and ${OTHER_ID}`),
      message('1700000001.000002', `elsewhere ${ID}`, { channel: 'C1' }),
    ])
    expect(await found(ID)).toEqual(['1700000001.000001', '1700000002.000001'])
    expect(await found(OTHER_ID)).toEqual(['1700000001.000001'])
    expect(await found(ID, { fromMs: 1_700_000_001_001, toMs: 1_700_000_002_000 })).toEqual(['1700000002.000001'])
    expect(await index.findByCluster(CHANNEL, OTHER_ID, WHOLE)).toEqual([
      message('1700000001.000001', `a ${ID} and ${OTHER_ID}`),
    ])
  })

  test('the last edit wins in whatever order the forms come', async () => {
    const first = message('1700000001.000001', `first ${ID}`)
    const edited = message('1700000001.000001', `now ${OTHER_ID}`, { editedTs: '1700000009.000001' })
    await index.upsertMessages([first])
    await index.upsertMessages([edited])
    await index.upsertMessages([first, { ...first, editedTs: '1700000008.000001' }])
    expect(await found(ID)).toEqual([])
    expect(await index.findByCluster(CHANNEL, OTHER_ID, WHOLE)).toEqual([edited])
  })

  test('a changed form without an edit time is taken', async () => {
    await index.upsertMessages([message('1700000001.000001', ID)])
    await index.upsertMessages([message('1700000001.000001', OTHER_ID)])
    expect(await found(ID)).toEqual([])
    expect(await found(OTHER_ID)).toEqual(['1700000001.000001'])
  })

  test('a message deleted by an event does not come back with an older page, nor when the deletion came first', async () => {
    const seen = message('1700000001.000001', ID)
    await index.upsertMessages([seen])
    await index.deleteMessage(CHANNEL, seen.ts)
    await index.upsertMessages([{ ...seen, editedTs: '1700000005.000000' }])
    await index.deleteMessage(CHANNEL, '1700000002.000001')
    await index.upsertMessages([message('1700000002.000001', ID)])
    expect(await found(ID)).toEqual([])
  })

  test('parents of a span that a whole read did not give are forgotten with their replies, all else stays', async () => {
    const at = (second: number) => `170000000${second}.000500`
    await index.upsertMessages([
      message(at(0), `before ${ID}`),
      message(at(1), `first end ${ID}`),
      message(at(2), `gone ${ID}`),
      message(at(3), `kept ${ID}`),
      message(at(4), `reply of the gone ${ID}`, { threadTs: at(2) }),
      message(at(5), `reply of the kept ${ID}`, { threadTs: at(3) }),
      message(at(6), `last end ${ID}`),
      message('1700000006.000501', `same millisecond, outside ${ID}`),
    ])
    await index.deleteParentsNotIn(CHANNEL, { oldest: at(1), latest: at(6) }, new Set([at(3)]))
    expect(await found(ID)).toEqual([at(0), at(3), at(5), '1700000006.000501'])
    await index.upsertMessages([message(at(2), `back ${ID}`)])
    expect(await found(ID)).toContain(at(2))
  })

  test('a span of many messages is compared whole', async () => {
    const many = Array.from({ length: 4_500 }, (_, at) => message(`1700000000.${String(at).padStart(6, '0')}`, ID))
    await index.upsertMessages(many)
    const kept = new Set(many.filter((_, at) => at % 2 === 0).map(({ ts }) => ts))
    await index.deleteParentsNotIn(CHANNEL, { oldest: '1700000000.000000', latest: '1700000001.000000' }, kept)
    expect(await found(ID)).toEqual([...kept].sort())
  })

  test('the newest post is that of a listed bot or app, of any bot where none is listed, and follows what comes and goes', async () => {
    const author = (botId: string | null, appId: string | null) => ({
      author: { botId, appId, userId: null, name: null },
    })
    expect(await index.newestPostMs(CHANNEL, ['B1'])).toBeNull()
    await index.upsertMessages([
      message('1700000001.000000', 'x', author('B1', null)),
      message('1700000002.000000', 'x', author('B2', 'A2')),
      message('1700000003.000000', 'x', author(null, null)),
    ])
    expect(await index.newestPostMs(CHANNEL, ['B1'])).toBe(1_700_000_001_000)
    expect(await index.newestPostMs(CHANNEL, ['A2', 'B9'])).toBe(1_700_000_002_000)
    expect(await index.newestPostMs(CHANNEL, [])).toBe(1_700_000_002_000)
    await index.upsertMessages([message('1700000004.000000', 'x', author('B1', null))])
    expect(await index.newestPostMs(CHANNEL, ['B1'])).toBe(1_700_000_004_000)
    await index.deleteMessage(CHANNEL, '1700000004.000000')
    expect(await index.newestPostMs(CHANNEL, ['B1'])).toBe(1_700_000_001_000)
    expect(await index.newestPostMs('C1', [])).toBeNull()
  })

  test('it survives a restart, and keeps no text that names no cluster', async () => {
    await index.upsertMessages([
      message('1700000001.000000', `kept ${ID}`),
      message('1700000002.000000', 'private chatter'),
    ])
    await index.deleteMessage(CHANNEL, '1700000003.000000')
    database.close()
    database = new Database(directory)
    index = new SqliteMessageIndex(database)
    await index.upsertMessages([message('1700000003.000000', ID)])
    expect(await found(ID)).toEqual(['1700000001.000000'])
    expect(JSON.stringify(database.all('SELECT document FROM messages'))).not.toContain('chatter')
  })

  test('a look-up uses the index by cluster, channel and time, and no scan', () => {
    const plan = database.all(
      `EXPLAIN QUERY PLAN SELECT m.document FROM message_clusters c JOIN messages m ON m.channel = c.channel AND m.ts = c.ts
       WHERE c.cluster_id = ? AND c.channel = ? AND c.ts_ms BETWEEN ? AND ? ORDER BY c.ts_ms, c.ts`,
      ID,
      CHANNEL,
      0,
      1,
    )
    expect(plan.map((row) => String(row.detail)).filter((detail) => !detail.startsWith('SEARCH'))).toEqual([])
  })
})
