import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { StoreUnavailableError } from '../../src/errors.ts'
import { Database } from '../../src/store/sqlite/database.ts'
import type { SyncFile } from '../../src/store/sqlite/disk-sync.ts'

type Done = Parameters<SyncFile>[1]

let directory: string
/** Syncs that were asked for and not ended yet. */
let begun: Done[]
let database: Database

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'disk-sync-'))
  begun = []
  database = new Database(directory, { sync: (_fd, done) => void begun.push(done) })
})

afterEach(() => {
  // A sync that never ended would keep its file open.
  for (const done of begun) done(null)
  database.close()
  rmSync(directory, { recursive: true })
})

const put = (name: string) => () => database.run('INSERT INTO settings VALUES (?, ?)', name, 'x')
const count = () => Number(database.get('SELECT count(*) AS n FROM settings')?.n)

/** Turns of the event loop, so that whatever would happen has happened. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1))
}

function watch(write: Promise<unknown>): { state: string } {
  const seen = { state: 'open' }
  write.then(
    () => {
      seen.state = 'done'
    },
    (error: unknown) => {
      seen.state = error instanceof StoreUnavailableError ? 'unavailable' : 'failed'
    },
  )
  return seen
}

describe('a write', () => {
  test('is confirmed only once the disk has it', async () => {
    const write = watch(database.write(put('a')))
    await until(() => begun.length === 1)
    await turns()
    expect({ ...write, count: count() }).toEqual({ state: 'open', count: 1 })
    begun.shift()?.(null)
    await turns()
    expect(write.state).toBe('done')
  })

  test('that was committed while the disk was busy waits for a sync of its own', async () => {
    const first = watch(database.write(put('a')))
    await until(() => begun.length === 1)
    const second = watch(database.write(put('b')))
    await until(() => count() === 2)
    expect(begun).toHaveLength(1)
    begun.shift()?.(null)
    await turns()
    expect([first.state, second.state, begun.length]).toEqual(['done', 'open', 1])
    begun.shift()?.(null)
    await turns()
    expect(second.state).toBe('done')
  })

  test('that only the next start needs to know of waits for no disk, and reaches it all the same', async () => {
    const along = watch(database.writeAlong(put('a')))
    await until(() => along.state === 'done')
    await until(() => begun.length === 1)
    expect(count()).toBe(1)
  })

  test('is on disk with all that was committed before it', async () => {
    await database.writeAlong(put('a'))
    const write = watch(database.write(put('b')))
    await until(() => begun.length === 1)
    begun.shift()?.(null)
    await turns()
    expect([write.state, begun.length]).toEqual(['done', 0])
  })
})

describe('a disk that does not take what was written', () => {
  test('fails whoever waits for it, and from then on nothing is answered', async () => {
    const write = watch(database.write(put('a')))
    await until(() => begun.length === 1)
    begun.shift()?.(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }))
    await turns()
    expect(write.state).toBe('unavailable')
    expect(count).toThrow(StoreUnavailableError)
    await expect(database.write(put('b'))).rejects.toBeInstanceOf(StoreUnavailableError)
    await expect(database.writeAlong(put('c'))).rejects.toBeInstanceOf(StoreUnavailableError)
  })
})

test('closing brings to the disk what waits for it', async () => {
  const first = watch(database.write(put('a')))
  await until(() => begun.length === 1)
  const second = watch(database.write(put('b')))
  database.close()
  await turns()
  expect([first.state, second.state]).toEqual(['open', 'done'])
  begun.shift()?.(null)
  await turns()
  expect(first.state).toBe('done')
  database = new Database(directory)
  expect(count()).toBe(2)
})
