import type { Policy } from './policy.ts'

/**
 * Where the policy in force is asked for. It may change while the service runs: what one look or one request works with is
 * asked once, at its beginning, and nothing keeps it longer.
 */
export interface PolicySource {
  current(): Policy
}

/** A policy that never changes. */
export function fixedPolicy(policy: Policy): PolicySource {
  return { current: () => policy }
}
