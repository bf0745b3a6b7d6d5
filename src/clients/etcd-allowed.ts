import { z } from 'zod'
import { TerminalError } from '../errors.ts'

const read = z.strictObject({
  request_range: z.strictObject({ key: z.instanceof(Uint8Array), count_only: z.literal(true) }),
})
/** A transaction that compares nothing and does nothing but count exact keys; no range end, nothing stale, no write. */
const counting = z.strictObject({ compare: z.tuple([]), success: z.array(read).min(1), failure: z.tuple([]) })

/** The calls of etcd that are made: exact keys counted, the member's status, and the exchange of the password for a token. */
const ALLOWED: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['KV.txn', counting],
  ['Maintenance.status', z.unknown()],
  ['Auth.authenticate', z.unknown()],
])

/** @throws TerminalError `rejected` before anything is sent, for any other call of etcd: the responder can't write there. */
export function assertEtcdReads({
  service,
  method,
  params,
}: {
  service: string
  method: string
  params?: unknown
}): void {
  if (ALLOWED.get(`${service}.${method}`)?.safeParse(params).success !== true)
    throw new TerminalError('rejected', `etcd ${service}.${method}: is not a call the responder makes`)
}
