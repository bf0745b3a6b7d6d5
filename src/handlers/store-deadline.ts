import { StoreUnavailableError } from '../errors.ts'

/**
 * Milliseconds after which a store that does not answer counts as unavailable: Alertmanager may wait for ever, PagerDuty
 * gives up after 5 s.
 */
const STORE_DEADLINE_MS = 4_000

/** @throws StoreUnavailableError when the write takes too long; that it may still end is no harm, a copy is known as one. */
export async function withDeadline<T>(write: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new StoreUnavailableError('no answer within the deadline')), STORE_DEADLINE_MS)
  })
  try {
    return await Promise.race([write, deadline])
  } finally {
    clearTimeout(timer)
  }
}
