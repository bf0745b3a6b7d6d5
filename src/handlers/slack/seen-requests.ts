import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Store } from '../../store/store.ts'
import { headerValues } from '../bearer.ts'
import type { SignedRequest } from './verify-signature.ts'

const SETTING = 'slack-seen'
/** Turns over all replicas: of two copies at once one must find the other. */
const TURN = 'slack-seen'
/** A signature is good for five minutes before and after its time: what is older than this is refused by its time, in ms. */
const REMEMBERED_MS = 11 * 60_000
/** Requests remembered at most; people press far less often. */
const LIMIT = 1_000

const Seen = z.array(z.tuple([z.string(), z.number()]))

/**
 * The signed presses and commands of the last minutes, over all replicas and restarts. A copy of one that somebody caught
 * is well signed for five minutes, and `resume` must not work a second time. Events need it not: their repetition does nothing.
 */
export interface SeenRequests {
  /** True for the first of equal requests. @throws StoreUnavailableError */
  isFirst(request: SignedRequest): Promise<boolean>
}

export function createSeenRequests(
  store: Pick<Store, 'setting' | 'putSetting' | 'exclusive'>,
  now: () => number,
): SeenRequests {
  return {
    isFirst: (request) =>
      store.exclusive.run(TURN, async () => {
        const key = digestOf(request)
        const fresh = (await stored(store)).filter(([, seenMs]) => seenMs > now() - REMEMBERED_MS)
        if (fresh.some(([known]) => known === key)) return false
        await store.putSetting(SETTING, JSON.stringify([...fresh.slice(-(LIMIT - 1)), [key, now()]]))
        return true
      }),
  }
}

/** Of what is signed, and of nothing else: a copy may come with other headers. */
function digestOf({ rawBody, rawHeaders }: SignedRequest): string {
  const [timestamp = ''] = headerValues(rawHeaders, 'x-slack-request-timestamp')
  return createHash('sha256').update(`${timestamp}:`).update(rawBody).digest('base64url').slice(0, 32)
}

/** None where it can't be read. */
async function stored(store: Pick<Store, 'setting'>): Promise<z.infer<typeof Seen>> {
  try {
    return Seen.parse(JSON.parse((await store.setting(SETTING)) ?? '[]'))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return []
    throw error
  }
}
