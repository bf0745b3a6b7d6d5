import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from '@jest/globals'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { NOW_MS } from '../support/builders.ts'
import { storeContract } from './store-contract.ts'

describe('the embedded store', () => {
  storeContract(() => {
    const directory = mkdtempSync(join(tmpdir(), 'store-'))
    return {
      open: () => openSqliteStore(directory, NOW_MS),
      remove: () => rmSync(directory, { recursive: true }),
    }
  })
})
