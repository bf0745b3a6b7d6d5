import type { Migration } from '../model/facts.ts'
import type { Policy } from './policy.ts'

const DAY_MS = 86_400_000

/**
 * The migration of the policy in whose window an alert of this place started, or null. Days are whole, inclusive, UTC; the
 * alert's own start decides, so an old alert replayed gets the verdict of its day. No accounts means every account.
 */
export function migrationAt(
  place: { region: string; accountId: string },
  startsAtMs: number,
  policy: Pick<Policy, 'migrations'>,
): Migration | null {
  const migration = policy.migrations.find(
    ({ region, from, until, accounts }) =>
      region === place.region &&
      startsAtMs >= Date.parse(from) &&
      startsAtMs < Date.parse(until) + DAY_MS &&
      (accounts.length === 0 || accounts.includes(place.accountId)),
  )
  return migration ? { name: migration.name, region: migration.region, workerAccount: migration.workerAccount } : null
}
