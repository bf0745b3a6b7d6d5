import type { PagerdutyGate } from './pagerduty-gate.ts'

export interface PagerdutyOptions {
  apiUrl: string
  /** Read at each call, so that a rotated token counts at once. */
  token: () => string
  /** E-mail address of the user that acts. */
  from: string
  now: () => number
  /** Milliseconds after which one request is given up, connection and body together. Default 10,000. */
  timeoutMs?: number
  /** What its calls pass; every client of one account should share it. Default: one of its own. */
  gate?: PagerdutyGate
  observe?: (operation: string, outcome: string, seconds: number) => void
}

export interface Paged<T> {
  items: T[]
  /** False when the upstream had more than was read. */
  isComplete: boolean
}
