import type { Secret } from '../config/secret.ts'
import type { CallObserver } from '../telemetry/metrics.ts'
import { askByGet, observed, refuseFailure } from './http-ask.ts'
import { HEARTBEAT_CALLS } from './reading-allowed.ts'

const TIMEOUT_MS = 5_000
/** Nobody reads the answer. */
const LIMIT_BYTES = 65_536

/**
 * One GET of the heartbeat's address. It is never repeated: the next synthetic case pings again.
 * @throws TransientError, TerminalError when it was not taken.
 */
export function ping(
  url: Secret,
  { observe, now, timeoutMs = TIMEOUT_MS }: { observe?: CallObserver; now: () => number; timeoutMs?: number },
): Promise<void> {
  return observed(observe, 'ping', async () => {
    const what = 'heartbeat'
    const address = new URL(url.read())
    const limits = { timeoutMs, limitBytes: LIMIT_BYTES }
    const answer = await askByGet({ what, url: address, allowed: HEARTBEAT_CALLS, headers: {}, ...limits })
    refuseFailure(answer, { what, nowMs: now() })
  })
}
