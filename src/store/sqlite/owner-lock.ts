import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreUnavailableError } from '../../errors.ts'

/**
 * Holds the data directory for this process until `release`. Two processes on one embedded store would each act, so the
 * second is refused. The operating system frees the lock when the process dies, kill -9 included.
 * @throws StoreUnavailableError when another process holds it.
 */
export function takeOwnership(directory: string): { release: () => void } {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const lock = new DatabaseSync(join(directory, 'owner.lock'), { timeout: 1_000 })
    lock.exec('BEGIN EXCLUSIVE')
    return { release: () => lock.close() }
  } catch (error) {
    throw new StoreUnavailableError(
      `${directory} is in use by another responder, or is no directory that can be written: only one may run, stop the other one or mend the path`,
      { cause: error },
    )
  }
}
