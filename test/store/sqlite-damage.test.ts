import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { StoreUnavailableError } from '../../src/errors.ts'
import { Database } from '../../src/store/sqlite/database.ts'
import { waitUntil } from '../support/wait-until.ts'

const PAGE = 4_096

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'damage-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true })
})

/** A store with pages of settings, of which the ones from the given on are overwritten. */
async function fill({ damagedFromPage }: { damagedFromPage: number | null }): Promise<void> {
  const database = new Database(directory)
  await database.write(() => {
    for (let number = 0; number < 300; number += 1)
      database.run('INSERT INTO settings VALUES (?, ?)', `name ${number}`, 'x'.repeat(1_000))
  })
  database.close()
  if (damagedFromPage === null) return
  const file = join(directory, 'responder.sqlite')
  const bytes = readFileSync(file)
  writeFileSync(
    file,
    Buffer.concat([
      bytes.subarray(0, damagedFromPage * PAGE),
      Buffer.alloc(bytes.length - damagedFromPage * PAGE, 0xa5),
    ]),
  )
}

const writes = (database: Database) =>
  database.write(() => database.run("INSERT OR REPLACE INTO counters VALUES ('checks', 1)"))

describe('a store too large to be looked through at its opening', () => {
  it('opens, and refuses every read and write once the look beside it found damage', async () => {
    await fill({ damagedFromPage: 60 })
    const database = new Database(directory, { checkedAtOpening: 0 })
    try {
      const refused = await waitUntil('the damage to be found', async () => {
        const [result] = await Promise.allSettled([writes(database)])
        return result?.status === 'rejected' ? result.reason : null
      })
      expect(refused).toBeInstanceOf(StoreUnavailableError)
      expect(() => database.get('SELECT 1')).toThrow(/the store is damaged/)
    } finally {
      database.close()
    }
  })

  it('goes on where nothing is damaged', async () => {
    await fill({ damagedFromPage: null })
    const database = new Database(directory, { checkedAtOpening: 0 })
    await expect(writes(database)).resolves.toBe(1)
    database.close()
  })

  it('is refused at once below the limit', async () => {
    await fill({ damagedFromPage: 60 })
    expect(() => new Database(directory)).toThrow(StoreUnavailableError)
  })
})
