import type { Policy } from './policy.ts'

/** What became of the file: it says what it said, its policy is in force now, or it is refused and the one before stays. */
export type Reread = 'same' | 'taken' | 'refused'

export interface PolicyState {
  /** Tells one policy from another: of the text in force; `built-in` where there is no file. */
  hash: string
  /** Why the file as it is now was refused, one line each; empty where it was not. */
  faults: readonly string[]
  /** What the file says differently from what is in force until a restart. */
  needsRestart: readonly string[]
}

/**
 * Where the policy in force is asked for. It may change while the service runs: what one look or one request works with is
 * asked once, at its beginning, and nothing keeps it longer.
 */
export interface PolicySource {
  current(): Policy
  state(): PolicyState
  /** Reads the file again. What was not asked for is taken only when it is the same twice in a row: it may be half written. */
  reread(isAsked: boolean): Reread
}

/** A policy that never changes. */
export function fixedPolicy(policy: Policy): PolicySource {
  const state = { hash: 'built-in', faults: [], needsRestart: [] }
  return { current: () => policy, state: () => state, reread: () => 'same' }
}
