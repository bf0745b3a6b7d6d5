import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { StoreUnavailableError } from '../../src/errors.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { anUpdate, NOW_MS } from '../support/builders.ts'

jest.setTimeout(150_000)

const ALERTS = 40
/** The newest records lie at the end of the log: so many cuts take some of them and leave the others. */
const CUTS = 40
const PAGE_BYTES = 4_096
/** A prime: cuts fall on every part of a page. */
const STEP_BYTES = 1_237

let folder: string
/** Copies of a store with so many accepted alerts: as a kill leaves it, its log not yet taken in, and as a stop does. */
let killed: string
let stopped: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kp-damage-'))
  const live = join(folder, 'live')
  killed = join(folder, 'killed')
  stopped = join(folder, 'stopped')
  const store = await openSqliteStore(live, NOW_MS)
  for (let number = 0; number < ALERTS; number += 1)
    await store.accept(anUpdate({ groupKey: `group ${number}` }), `key ${number}`, NOW_MS)
  cpSync(live, killed, { recursive: true })
  await store.close()
  cpSync(live, stopped, { recursive: true })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What the books say after `damage` was done to a copy of the store; null where it was refused. */
async function acceptedAfter(source: string, damage: (directory: string) => void): Promise<number | null> {
  const directory = join(folder, 'copy')
  rmSync(directory, { recursive: true, force: true })
  cpSync(source, directory, { recursive: true })
  damage(directory)
  try {
    const store = await openSqliteStore(directory, NOW_MS)
    const { accepted, done, pending, quarantined } = await store.books().finally(() => store.close())
    expect(accepted).toBe(done + pending + quarantined)
    return accepted
  } catch (error) {
    if (error instanceof StoreUnavailableError) return null
    throw error
  }
}

function fileOf(directory: string, ending: string): string {
  const name = readdirSync(directory).find((one) => one.endsWith(ending))
  if (name === undefined) throw new Error(`there is no ${ending} in ${directory}`)
  return join(directory, name)
}

describe('on embedded', () => {
  test('a write that a kill has torn takes nothing with it that was written before', async () => {
    const bytes = readFileSync(fileOf(killed, '-wal')).length
    const kept: (number | null)[] = []
    for (let cut = 0; cut < CUTS * STEP_BYTES; cut += STEP_BYTES) {
      kept.push(await acceptedAfter(killed, (directory) => truncateSync(fileOf(directory, '-wal'), bytes - cut)))
    }
    expect(kept[0]).toBe(ALERTS)
    expect(kept.at(-1)).toBeLessThan(ALERTS)
    expect(kept).not.toContain(null)
    // The further the cut, the fewer are left: never one more, never others.
    expect(kept).toEqual([...kept].sort((one, other) => Number(other) - Number(one)))
  })

  test('a store in which any page is damaged is refused or whole, never begun anew', async () => {
    const pages = Math.floor(readFileSync(fileOf(stopped, '.sqlite')).length / PAGE_BYTES)
    const found: (number | null)[] = []
    for (let page = 0; page < pages; page += 1) {
      found.push(
        await acceptedAfter(stopped, (directory) => {
          const file = fileOf(directory, '.sqlite')
          const bytes = readFileSync(file)
          // The head of a page, and its end, where the newest rows are.
          bytes.fill(0xa5, page * PAGE_BYTES, page * PAGE_BYTES + 16)
          bytes.fill(0xa5, (page + 1) * PAGE_BYTES - 64, (page + 1) * PAGE_BYTES)
          writeFileSync(file, bytes)
        }),
      )
    }
    expect(found.filter((accepted) => accepted !== null && accepted !== ALERTS)).toEqual([])
    expect(found).toContain(null)
  })
})
