import { setTimeout as delay } from 'node:timers/promises'

export interface WaitOptions {
  /** Milliseconds until the wait is given up. Default 45,000. */
  timeoutMs?: number
  /** Milliseconds between two tries. Default 50. */
  everyMs?: number
}

type Truthy<T> = Exclude<T, false | 0 | '' | null | undefined>

/**
 * The first truthy answer of the probe, which is asked again and again until the timeout. A probe that throws has not
 * answered yet; what it threw last is the cause of the error.
 *
 * @throws Error that names `what` when the timeout passes first.
 */
export async function waitUntil<T>(
  what: string,
  probe: () => T | Promise<T>,
  { timeoutMs = 45_000, everyMs = 50 }: WaitOptions = {},
): Promise<Truthy<T>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    let cause: unknown
    try {
      const answer = await probe()
      if (answer) return answer as Truthy<T>
    } catch (error) {
      cause = error
    }
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause })
    await delay(everyMs)
  }
}
