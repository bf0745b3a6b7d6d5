import type { KeyMetadata } from '../../clients/key-protect.ts'
import type { KeyInstance } from '../../model/key-crn.ts'

/** A ring's name as Key Protect takes it. */
const RING = /^[A-Za-z0-9-]{2,100}$/

/** The key's ring, where it may stand in a command; else null. */
export function ringInCommand(key: KeyMetadata | null): string | null {
  return key?.keyRingID && RING.test(key.keyRingID) ? key.keyRingID : null
}

/**
 * A command of the Key Protect CLI for an instance at this address: it finds Key Protect by its region, and HPCS only where
 * it is told. Source: Key Protect CLI reference, KP_TARGET_ADDR.
 */
export function kpCommand(
  { service, instanceId }: KeyInstance,
  url: string,
  [command, ...rest]: [string, ...string[]],
): string {
  const target = service === 'hs-crypto' ? `KP_TARGET_ADDR=${url} ` : ''
  return `${target}ibmcloud kp ${[command, `-i ${instanceId}`, ...rest].join(' ')}`
}
