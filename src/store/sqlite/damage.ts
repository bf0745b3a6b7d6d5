import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'

/** A file up to this many bytes is looked through before the store opens: 64 MB take about 60 ms. */
export const CHECKED_AT_OPENING = 64 * 1024 * 1024

/** @throws Error where the file is damaged. A file above the limit is not looked at here: see `watchForDamage`. */
export function refuseDamage(db: DatabaseSync, file: string, limitBytes: number): void {
  if (statSync(file).size > limitBytes) return
  const found = db.prepare('PRAGMA quick_check(1)').get()?.quick_check
  if (found !== 'ok') throw new Error(`the file is damaged: ${String(found)}`)
}

/**
 * Looks through a file above the limit in a thread of its own, since a start may not wait for it: what is read or written meanwhile
 * is checked by SQLite page by page as ever. Calls back where it is damaged, or can't be looked through. Returns how to stop.
 */
export function watchForDamage(file: string, limitBytes: number, onDamage: (what: string) => void): () => void {
  if (statSync(file).size <= limitBytes) return () => undefined
  // Small, since a worker takes its share of memory before it does anything.
  const worker = new Worker(new URL('./check-worker.ts', import.meta.url), {
    workerData: file,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
  })
  worker.unref()
  worker.once('message', (found: unknown) => {
    if (found !== 'ok') onDamage(String(found))
  })
  worker.once('error', (error) => onDamage(error instanceof Error ? error.message : String(error)))
  return () => void worker.terminate()
}
