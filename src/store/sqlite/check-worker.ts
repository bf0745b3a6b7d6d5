// Runs beside the service: looks through a large store for damage, and says what it found.
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

const db = new DatabaseSync(String(workerData), { readOnly: true, timeout: 5_000 })
parentPort?.postMessage(db.prepare('PRAGMA quick_check(1)').get()?.quick_check)
db.close()
