import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { DEFAULT_POLICY, type Policy, parsePolicy } from './policy.ts'
import { fixedPolicy, type PolicySource, type PolicyState, type Reread } from './policy-source.ts'

const HASH_LENGTH = 12
const UNREADABLE = "POLICY_FILE: the file can't be read"

/** What is set up once, at the start: channels that are read, and the connections to etcd. */
const FIXED: readonly { name: string; of: (policy: Policy) => unknown }[] = [
  { name: 'channels.kpEventsAlerts.id', of: ({ channels }) => channels.kpEventsAlerts.id },
  { name: 'channels.deployFailure.id', of: ({ channels }) => channels.deployFailure.id },
  { name: 'channels.deployAlerts.id', of: ({ channels }) => channels.deployAlerts.id },
  { name: 'etcd.regions', of: ({ etcd }) => etcd.regions },
]

/**
 * The policy of a file, or the built-in one where there is none. Faults are added, and the built-in one is given; a service
 * does not start with any. `check` finds what else a policy that is read later is refused for.
 */
export function openPolicy(
  path: string | undefined,
  { faults, check }: { faults: string[]; check: (policy: Policy) => string[] },
): PolicySource {
  if (path === undefined) return fixedPolicy(DEFAULT_POLICY)
  const text = readText(path)
  const parsed = text === null ? { faults: [UNREADABLE] } : parsePolicy(text)
  if ('policy' in parsed) return new PolicyFile(path, { text: text ?? '', policy: parsed.policy, check })
  faults.push(...parsed.faults)
  return fixedPolicy(DEFAULT_POLICY)
}

class PolicyFile implements PolicySource {
  readonly #path: string
  readonly #started: Policy
  readonly #check: (policy: Policy) => string[]
  #current: Policy
  /** The text in force, and the one seen last; null where the file could not be read. */
  #text: string
  #seen: string | null
  #judged: string | null
  #faults: readonly string[] = []
  #needsRestart: readonly string[] = []

  constructor(path: string, read: { text: string; policy: Policy; check: (policy: Policy) => string[] }) {
    this.#path = path
    this.#started = read.policy
    this.#current = read.policy
    this.#check = read.check
    this.#text = read.text
    this.#seen = read.text
    this.#judged = read.text
  }

  current(): Policy {
    return this.#current
  }

  state(): PolicyState {
    const hash = createHash('sha256').update(this.#text).digest('hex').slice(0, HASH_LENGTH)
    return { hash, faults: this.#faults, needsRestart: this.#needsRestart }
  }

  reread(isAsked: boolean): Reread {
    const text = readText(this.#path)
    const isSettled = isAsked || text === this.#seen
    this.#seen = text
    if (!isSettled || text === this.#judged) return 'same'
    this.#judged = text
    if (text === null) return this.#refuse([UNREADABLE])
    // At the start an empty file is the built-in policy; now it is rather a file that somebody is about to write.
    if (text.trim() === '') return this.#refuse(['POLICY_FILE: the file is empty: write {} for the built-in policy'])
    const parsed = parsePolicy(text)
    if ('faults' in parsed) return this.#refuse(parsed.faults)
    const faults = this.#check(parsed.policy)
    return faults.length > 0 ? this.#refuse(faults) : this.#take(parsed.policy, text)
  }

  #refuse(faults: readonly string[]): Reread {
    this.#faults = faults
    return 'refused'
  }

  #take(policy: Policy, text: string): Reread {
    const { channels, etcd } = this.#started
    const { kpEventsAlerts, deployFailure, deployAlerts } = policy.channels
    this.#needsRestart = FIXED.filter(({ of }) => !isAlike(of(policy), of(this.#started))).map(({ name }) => name)
    this.#current = {
      ...policy,
      channels: {
        ...policy.channels,
        kpEventsAlerts: { ...kpEventsAlerts, id: channels.kpEventsAlerts.id },
        deployFailure: { ...deployFailure, id: channels.deployFailure.id },
        deployAlerts: { ...deployAlerts, id: channels.deployAlerts.id },
      },
      etcd: { ...policy.etcd, regions: etcd.regions },
    }
    this.#text = text
    this.#faults = []
    return 'taken'
  }
}

function isAlike(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
