import { setTimeout as delay } from 'node:timers/promises'

const EVERY_MS = 50

/**
 * The first answer of the probe that is not null, or null when the time is over. A probe that throws has not answered
 * yet: what is asked here may be down on purpose.
 * @throws AbortError when the signal says so.
 */
export async function pollUntil<T>(
  probe: () => T | null | Promise<T | null>,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<T | null> {
  const deadlineMs = performance.now() + timeoutMs
  for (;;) {
    const answer = await Promise.resolve(probe()).catch(() => null)
    if (answer !== null) return answer
    if (performance.now() > deadlineMs) return null
    await delay(EVERY_MS, undefined, signal ? { signal } : {})
  }
}
