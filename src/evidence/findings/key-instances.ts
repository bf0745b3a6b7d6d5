import type { KeyProtectClient } from '../../clients/key-protect.ts'
import type { Policy } from '../../config/policy.ts'
import type { PolicySource } from '../../config/policy-source.ts'
import { TerminalError, TransientError } from '../../errors.ts'
import { type KeyCrn, type KeyInstance, parseKeyCrn } from '../../model/key-crn.ts'
import type { ErrorTrace } from '../../runbook/error-trace.ts'

type Instances = Policy['keyProtect']['instances']

/** Instances whose keys may be asked about at once; a text from outside could name any number. */
const INSTANCE_LIMIT = 8

/**
 * The instances that may hold a registration of a cluster of the account: those of the policy that serve the account, and
 * those of the keys that the error texts name.
 */
export function instancesOf(
  accountId: string,
  { keys }: Pick<ErrorTrace, 'keys'>,
  known: Instances,
): { instances: KeyInstance[]; more: number } {
  const named = keys.flatMap((crn) => {
    const key = parseKeyCrn(crn)
    return key ? [withKnownUrl(key, known)] : []
  })
  const served = known
    .filter(({ accounts }) => accounts.length === 0 || accounts.includes(accountId))
    .map(({ id, service, region, url }) => ({ service, region, instanceId: id, url: url?.replace(/\/+$/, '') }))
  const all = new Map([...named, ...served].map((instance) => [instance.instanceId, instance]))
  const instances = [...all.values()].slice(0, INSTANCE_LIMIT)
  return { instances, more: all.size - instances.length }
}

/** The instance with the address that the policy gives it, where it gives one. */
export function withKnownUrl({ service, region, instanceId }: KeyInstance, known: Instances): KeyInstance {
  const url = known.find(({ id }) => id === instanceId)?.url?.replace(/\/+$/, '')
  return { service, region, instanceId, ...(url === undefined ? {} : { url }) }
}

/** The ring that the key is in; null where Key Protect is not asked or does not tell. Never rejects for an answer that does not come. */
export async function ringOfKey(
  key: KeyCrn,
  { client, policy }: { client: KeyProtectClient | null; policy: PolicySource },
): Promise<string | null> {
  if (!client) return null
  try {
    const { keyRingID } = await client.key(withKnownUrl(key, policy.current().keyProtect.instances), key.keyId)
    return keyRingID ?? 'default'
  } catch (error) {
    if (error instanceof TransientError || error instanceof TerminalError) return null
    throw error
  }
}
