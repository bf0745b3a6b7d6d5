import type { EtcdAccess } from '../config/etcd-access.ts'
import type { EtcdFailure } from './etcd-error.ts'
import { EtcdMember, type EtcdReading } from './etcd-member.ts'

/** Longest time for one look, all its tries together. */
const DEADLINE_MS = 5_000
/** What is left of a deadline and is too short for a try. */
const SHORTEST_TRY_MS = 20

/** A reading, and through which endpoint it came. */
export type EtcdAnswer = EtcdReading & { endpoint: string }

export interface EtcdClient {
  /** `HOST:PORT` of each member, for people. */
  readonly endpoints: readonly string[]
  /**
   * What the etcd says of these exact keys, linearizable, within the deadline; never through `except`. A failed try is
   * followed by one through another member, or by a second one over a fresh connection where there is one member only.
   * Never rejects: what went wrong at each member is in `why`.
   */
  look(keys: readonly string[], options?: { except?: string }): Promise<EtcdAnswer | EtcdFailure>
  /** Drops the connections; looks from then on find nobody to ask. */
  close(): void
}

export interface EtcdClientOptions {
  /** Longest time for one look, all its tries together, in ms. Default 5,000. */
  deadlineMs?: number
  observe?: (operation: string, outcome: string, seconds: number) => void
}

/** The only user of etcd's library, for one etcd. Nothing is contacted, nor loaded, before the first look. */
export function createEtcdClient(access: EtcdAccess, options: EtcdClientOptions = {}): EtcdClient {
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS
  const members = access.endpoints.map((endpoint) => ({
    name: endpoint.replace(/^https?:\/\//, ''),
    member: new EtcdMember(endpoint, access, deadlineMs),
  }))
  /** The member that answered last is asked first: one that hangs then costs its share of the deadline once. */
  let preferred = members[0]?.name
  let isClosed = false

  async function look(
    keys: readonly string[],
    { except }: { except?: string } = {},
  ): Promise<EtcdAnswer | EtcdFailure> {
    const startedAt = performance.now()
    const others = members.filter(({ name }) => name !== except)
    const ordered = [
      ...others.filter(({ name }) => name === preferred),
      ...others.filter(({ name }) => name !== preferred),
    ]
    const tries = ordered.length === 1 ? [...ordered, ...ordered] : ordered
    const failures: (EtcdFailure & { name: string })[] = []
    for (const [index, { name, member }] of tries.entries()) {
      const leftMs = deadlineMs - (performance.now() - startedAt)
      if (isClosed || leftMs < SHORTEST_TRY_MS) break
      // Half of what is left for a try, so that there is time for a fresh one; the last takes it all.
      const answer = await member.read(keys, index === tries.length - 1 ? leftMs : leftMs / 2)
      if (answer.kind === 'read') {
        if (except === undefined) preferred = name
        options.observe?.('read', 'ok', (performance.now() - startedAt) / 1_000)
        return { ...answer, endpoint: name }
      }
      failures.push({ ...answer, name })
    }
    const kind = failures.some((failure) => failure.kind === 'refused') ? 'refused' : 'unavailable'
    options.observe?.('read', kind, (performance.now() - startedAt) / 1_000)
    return { kind, why: told(failures) }
  }

  return {
    endpoints: members.map(({ name }) => name),
    look,
    close() {
      isClosed = true
      for (const { member } of members) member.close()
    },
  }
}

/** One clause for each member, in the order asked; a member that failed twice in one way is named once. */
function told(failures: readonly { name: string; why: string }[]): string {
  const clauses = failures.map(({ name, why }) => `${name} ${why}`)
  return clauses.length === 0 ? 'no member was asked' : [...new Set(clauses)].join('; ')
}
