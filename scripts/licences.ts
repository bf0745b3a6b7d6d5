import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { licenceList } from '../test/supply-chain/packages.ts'

/** Writes docs/licences.md from the lock file. */
writeFileSync(join(import.meta.dirname, '../docs/licences.md'), licenceList())
