import { StoreUnavailableError } from '../../src/errors.ts'
import { Database } from '../../src/store/sqlite/database.ts'

/**
 * Writes to the store of a directory until its disk gives no more, then reads, and prints what happened as JSON. Run with
 * a limit on the size of files (`ulimit -f`), which ends a write as a full disk does.
 */
process.on('SIGXFSZ', () => undefined)
const [directory = ''] = process.argv.slice(2)
const database = new Database(directory)
let written = 0
let failure: unknown = null
while (failure === null && written < 10_000) {
  try {
    await database.write(() =>
      database.run('INSERT INTO settings VALUES (?, ?)', `name-${written}`, 'x'.repeat(10_000)),
    )
    written += 1
  } catch (error) {
    failure = error
  }
}
const isUnavailable = failure instanceof StoreUnavailableError
const kept = database.get('SELECT count(*) AS n FROM settings')?.n
process.stdout.write(JSON.stringify({ written, kept, isUnavailable }))
