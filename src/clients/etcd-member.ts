import { createRequire } from 'node:module'
import type { Etcd3, IOptions } from 'etcd3'
import { z } from 'zod'
import type { EtcdAccess } from '../config/etcd-access.ts'
import { safeEqual } from '../model/safe-equal.ts'
import { assertEtcdReads } from './etcd-allowed.ts'
import { type EtcdFailure, toEtcdFailure } from './etcd-error.ts'

/** A linearizable answer: what one member said of all keys at one revision. */
export interface EtcdReading {
  kind: 'read'
  /** How many of each key asked for there are, 0 or 1, in the order asked. */
  counts: readonly number[]
  /** Of the whole store, a decimal number that only grows. */
  revision: bigint
  clusterId: string
  memberId: string
  /** Alarms raised anywhere in the cluster: NOSPACE, CORRUPT. */
  alarms: readonly string[]
}

const count = z.string().regex(/^\d+$/)
const headerSchema = z.object({ cluster_id: count, member_id: count, revision: count })
const readSchema = z.object({
  header: headerSchema,
  responses: z.array(z.object({ response_range: z.object({ count }) })),
})
const statusSchema = z.object({ header: headerSchema, errors: z.array(z.string()) })

/**
 * One member of an etcd, over a connection of its own. After a failure the connection is dropped, so that the next try
 * begins with a fresh one: a peer that went silent keeps its TCP connection for ever.
 */
export class EtcdMember {
  readonly endpoint: string
  readonly #access: EtcdAccess
  readonly #callLimitMs: number
  #open: { client: Etcd3; credentials: string } | null = null

  constructor(endpoint: string, access: EtcdAccess, callLimitMs: number) {
    this.endpoint = endpoint
    this.#access = access
    this.#callLimitMs = callLimitMs
  }

  /** What the member says of the keys, within `limitMs`. Never rejects. */
  async read(keys: readonly string[], limitMs: number): Promise<EtcdReading | EtcdFailure> {
    const library = await import('etcd3') // 36 MB: loaded only where an etcd is asked
    let timer: NodeJS.Timeout | undefined
    // gRPC's own deadline does not end the library's endless exchange of refused tokens, nor its wait for a token.
    const silence = new Promise<EtcdFailure>((resolve) => {
      const why = `did not answer within ${Math.round(limitMs)} ms`
      timer = setTimeout(() => resolve({ kind: 'unavailable', why }), limitMs)
    })
    const asked = this.#ask(library.Etcd3, keys, limitMs).catch((error: unknown) => toEtcdFailure(error, library))
    const used = this.#open
    const answer = await Promise.race([asked, silence])
    clearTimeout(timer)
    // A look that ran beside this one may have opened a fresh one already.
    if (answer.kind !== 'read' && this.#open === used) this.close()
    return answer
  }

  /** Drops the connection; the next read opens another. */
  close(): void {
    this.#open?.client.close()
    this.#open = null
  }

  async #ask(library: typeof Etcd3, keys: readonly string[], limitMs: number): Promise<EtcdReading | EtcdFailure> {
    let client: Etcd3
    try {
      client = this.#connect(library)
    } catch {
      return { kind: 'refused', why: "can't be asked: a file with our credentials is not readable or not valid" }
    }
    const options = { deadline: Date.now() + limitMs }
    // One transaction reads all keys at one revision. `serializable` stays unset: a member cut off from the others would
    // answer from its stale copy. Only counts are asked for: what the records hold is not our business.
    const success = keys.map((key) => ({ request_range: { key: Buffer.from(key), count_only: true } }))
    const [rawRead, rawStatus] = await Promise.all([
      client.kv.txn({ compare: [], success, failure: [] }, options),
      client.maintenance.status(options),
    ])
    const read = readSchema.safeParse(rawRead)
    const status = statusSchema.safeParse(rawStatus)
    if (!read.success || !status.success || read.data.responses.length !== keys.length)
      return { kind: 'refused', why: "gave an answer that is not etcd's" }
    const { header } = read.data
    if (status.data.header.cluster_id !== header.cluster_id)
      return { kind: 'refused', why: 'leads to two different etcd clusters' }
    return {
      kind: 'read',
      counts: read.data.responses.map(({ response_range }) => Number(response_range.count)),
      revision: BigInt(header.revision),
      clusterId: header.cluster_id,
      memberId: header.member_id,
      alarms: status.data.errors.flatMap((error) => /\b(?:NOSPACE|CORRUPT)\b/.exec(error)?.[0] ?? []),
    }
  }

  #connect(library: typeof Etcd3): Etcd3 {
    const { auth, ca, client: own } = this.#access
    const username = auth?.username ?? ''
    const [password, authorities, certificate, key] = [auth?.password, ca, own?.certificate, own?.key].map(
      (secret) => secret?.read() ?? '',
    )
    const credentials = JSON.stringify([username, password, authorities, certificate, key])
    if (this.#open && safeEqual(this.#open.credentials, credentials)) return this.#open.client
    this.close()
    const noop = asIs()
    const client = new library({
      hosts: this.endpoint,
      ...(auth ? { auth: { username, password: password ?? '' } } : {}),
      ...(authorities
        ? {
            credentials: {
              rootCertificate: Buffer.from(authorities),
              ...(certificate && key ? { privateKey: Buffer.from(key), certChain: Buffer.from(certificate) } : {}),
            },
          }
        : {}),
      // Asked before each call, and the exchange of the password for a token has no other options.
      defaultCallOptions: (call) => {
        assertEtcdReads(call)
        return { deadline: Date.now() + this.#callLimitMs }
      },
      // Its breaker would answer for a host without asking it, and its retries would multiply the deadline.
      faultHandling: { host: () => noop, global: noop },
      // Connections are otherwise shared process-wide, dead ones too: a new client would get the old one's.
      grpcOptions: { 'grpc.use_local_subchannel_pool': 1 },
    })
    this.#open = { client, credentials }
    return client
  }
}

/** The policy that does nothing, of the library's own copy of cockatiel: its types are older than ours. */
function asIs(): NonNullable<NonNullable<IOptions['faultHandling']>['global']> {
  const fromHere = createRequire(import.meta.url)
  return createRequire(fromHere.resolve('etcd3'))('cockatiel').noop
}
