import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { StoreUnavailableError } from '../../src/errors.ts'
import { Database } from '../../src/store/sqlite/database.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { SCHEMA_VERSION } from '../../src/store/sqlite/schema.ts'
import { anUpdate, NOW_MS } from '../support/builders.ts'

const WRITER = resolve(import.meta.dirname, 'full-disk-writer.ts')

let directory: string
let file: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'database-'))
  file = join(directory, 'responder.sqlite')
})

afterEach(() => {
  rmSync(directory, { recursive: true })
})

/** Changes the file as another program would. */
function meddle(sql: string): void {
  const other = new DatabaseSync(file)
  other.exec(sql)
  other.close()
}

async function makeStore(): Promise<void> {
  const store = await openSqliteStore(directory, NOW_MS)
  await store.accept(anUpdate(), 'k', NOW_MS)
  await store.close()
}

describe('writes', () => {
  let database: Database

  beforeEach(() => {
    database = new Database(directory)
  })

  afterEach(() => {
    database.close()
  })

  const put = (name: string) => () => database.run('INSERT INTO settings VALUES (?, ?)', name, 'x')
  const names = () => database.all('SELECT name FROM settings ORDER BY rowid').map(({ name }) => name)

  test('of one turn are one commit', async () => {
    const before = database.get('PRAGMA data_version')
    const other = new DatabaseSync(file)
    const version = () => Number(other.prepare('PRAGMA data_version').get()?.data_version)
    const first = version()
    await Promise.all(['a', 'b', 'c'].map((name) => database.write(put(name))))
    expect(version() - first).toBe(1)
    expect(names()).toEqual(['a', 'b', 'c'])
    expect(before).toBeDefined()
    other.close()
  })

  test('one that fails is undone alone and fails its own caller only', async () => {
    const results = await Promise.allSettled([
      database.write(put('a')),
      database.write(() => {
        put('half')()
        throw new RangeError('it changed its mind')
      }),
      database.write(put('b')),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[1]).toMatchObject({ reason: expect.any(RangeError) })
    expect(names()).toEqual(['a', 'b'])
  })

  test('one that breaks a rule of the schema is refused as a fault of the store, the others stay', async () => {
    const results = await Promise.allSettled([
      database.write(put('a')),
      database.write(put('a')),
      database.write(put('b')),
    ])
    expect(results[1]).toMatchObject({ reason: expect.any(StoreUnavailableError) })
    expect(names()).toEqual(['a', 'b'])
  })

  test('that are queued at the end are committed by the close', async () => {
    const queued = database.write(put('late'))
    database.close()
    await queued
    database = new Database(directory)
    expect(names()).toEqual(['late'])
  })

  test('give what their function gave', async () => {
    await expect(database.write(() => 42)).resolves.toBe(42)
  })
})

describe('opening', () => {
  test('makes the directory, for its owner alone', async () => {
    const inside = join(directory, 'a', 'b')
    const store = await openSqliteStore(inside, NOW_MS)
    await store.close()
    expect(readdirSync(inside)).toContain('responder.sqlite')
  })

  test('brings the file to the schema of this program', async () => {
    await makeStore()
    const other = new DatabaseSync(file)
    expect(other.prepare('PRAGMA user_version').get()).toEqual({ user_version: SCHEMA_VERSION })
    other.close()
  })

  test('a file of a newer program is refused, and left as it is', async () => {
    await makeStore()
    meddle(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`)
    await expect(openSqliteStore(directory, NOW_MS)).rejects.toThrow(
      /its schema is version \d+, this program knows up to/,
    )
    await expect(openSqliteStore(directory, NOW_MS)).rejects.toBeInstanceOf(StoreUnavailableError)
    meddle(`PRAGMA user_version = ${SCHEMA_VERSION}`)
    const store = await openSqliteStore(directory, NOW_MS)
    expect(await store.books()).toMatchObject({ accepted: 1 })
    await store.close()
  })

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['no database at all', () => Buffer.from('this is no database, it is a text of some length'.repeat(200))],
    [
      'overwritten in its middle',
      (bytes) => Buffer.concat([bytes.subarray(0, 4_096), Buffer.alloc(bytes.length - 4_096, 0xa5)]),
    ],
  ])('a file that is %s is refused, and left as it is', async (_name, damage) => {
    await makeStore()
    const damaged = damage(readFileSync(file))
    writeFileSync(file, damaged)
    await expect(openSqliteStore(directory, NOW_MS)).rejects.toBeInstanceOf(StoreUnavailableError)
    expect(readFileSync(file).equals(damaged)).toBe(true)
  })

  test('a file that was cut short is refused, and left as it is', async () => {
    await makeStore()
    truncateSync(file, 8_192)
    const cut = readFileSync(file)
    await expect(openSqliteStore(directory, NOW_MS)).rejects.toBeInstanceOf(StoreUnavailableError)
    expect(readFileSync(file).equals(cut)).toBe(true)
  })

  test('a directory that is a file is refused', async () => {
    const path = join(directory, 'file')
    writeFileSync(path, '')
    await expect(openSqliteStore(path, NOW_MS)).rejects.toBeInstanceOf(StoreUnavailableError)
  })

  test('a refused open leaves the directory free for the next', async () => {
    mkdirSync(directory, { recursive: true })
    writeFileSync(file, 'this is no database'.repeat(500))
    await expect(openSqliteStore(directory, NOW_MS)).rejects.toBeInstanceOf(StoreUnavailableError)
    rmSync(file)
    const store = await openSqliteStore(directory, NOW_MS)
    await store.close()
  })

  test('a second owner is refused as long as the first lives, and the first goes on', async () => {
    const first = await openSqliteStore(directory, NOW_MS)
    await expect(openSqliteStore(directory, NOW_MS)).rejects.toThrow(/in use by another responder/)
    await first.accept(anUpdate(), 'k', NOW_MS)
    await first.close()
    const second = await openSqliteStore(directory, NOW_MS)
    expect(await second.books()).toMatchObject({ accepted: 1 })
    await second.close()
  })
})

describe('a disk that is full', () => {
  test('a write is refused as unavailable, and all that was confirmed before is there', async () => {
    new Database(directory).close()
    // 512-byte blocks: files may grow to 2 MiB.
    const command = `ulimit -f 4096 && exec "$0" "$@"`
    const output = execFileSync(
      '/bin/sh',
      ['-c', command, process.execPath, '--disable-warning=ExperimentalWarning', WRITER, directory],
      {
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '' },
      },
    )
    const { written, kept, isUnavailable } = JSON.parse(output) as {
      written: number
      kept: number
      isUnavailable: boolean
    }
    expect({ isUnavailable, isSome: written > 10 }).toEqual({ isUnavailable: true, isSome: true })
    expect(kept).toBe(written)
    const again = new Database(directory)
    expect(again.get('SELECT count(*) AS n FROM settings')?.n).toBe(written)
    again.close()
  })
})
