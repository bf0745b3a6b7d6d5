import { appendFileSync } from 'node:fs'
import type { UpstreamName } from './upstream.ts'

/** One effect that an upstream committed: the ground truth for "once, and only what was allowed". */
export interface LedgerEntry {
  /** Sandbox time, UTC ISO 8601. */
  at: string
  upstream: UpstreamName
  /** What was done, for example `acknowledge`, `snooze`, `note`, `message`, `message-edit`, `issue`. */
  effect: string
  /** Whom it was done to: incident id, channel, issue number. */
  target: string
  /** `responder` for calls through the API credentials, `human` for the sandbox's own people. */
  actor: 'responder' | 'human' | 'system'
  detail: Record<string, unknown>
}

/** Append-only record of committed effects, in memory and, if given a file, on disk as JSON lines. */
export class Ledger {
  readonly #entries: LedgerEntry[] = []
  readonly #file: string | undefined

  constructor(file?: string) {
    this.#file = file
  }

  record(entry: LedgerEntry): void {
    this.#entries.push(entry)
    if (this.#file) appendFileSync(this.#file, `${JSON.stringify(entry)}\n`)
  }

  entries(): readonly LedgerEntry[] {
    return this.#entries
  }

  /** The entries with this effect, and this target if one is given. */
  of(effect: string, target?: string): LedgerEntry[] {
    return this.#entries.filter((entry) => entry.effect === effect && (target === undefined || entry.target === target))
  }

  reset(): void {
    this.#entries.length = 0
  }
}
