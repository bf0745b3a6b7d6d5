/**
 * CRNs of root keys, exact ASCII. Source: IBM Cloud CRN documentation; instance and key ids are UUIDs.
 */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const ACCOUNT_SCOPE = /^a\/([0-9a-f]{32})$/
const REGION = /^[a-z]{2,3}-[a-z0-9]{2,12}$/

export type KeyService = 'kms' | 'hs-crypto'

/** An instance of Key Protect (`kms`) or of Hyper Protect Crypto Services. Every part has its exact shape: it may stand in an address. */
export interface KeyInstance {
  service: KeyService
  region: string
  instanceId: string
  /** Where it answers, if not at the usual address. */
  url?: string | undefined
}

export interface KeyCrn extends KeyInstance {
  crn: string
  accountId: string
  keyId: string
}

export function isInstanceId(text: string): boolean {
  return UUID.test(text)
}

export function isKeyRegion(text: string): boolean {
  return REGION.test(text)
}

/** The key that a CRN names, or null when it is not a well-formed CRN of a key of Key Protect or HPCS. */
export function parseKeyCrn(text: string): KeyCrn | null {
  const segments = text.split(':')
  if (segments.length !== 10) return null
  const [scheme, version, cname, ctype, service, region, scope, instanceId, resourceType, keyId] = segments
  if (scheme !== 'crn' || version !== 'v1' || !cname || !/^[a-z0-9-]+$/.test(cname)) return null
  if (!ctype || !/^(?:public|dedicated|local)$/.test(ctype)) return null
  if (service !== 'kms' && service !== 'hs-crypto') return null
  const accountId = ACCOUNT_SCOPE.exec(scope ?? '')?.[1]
  if (!region || !REGION.test(region) || !accountId || !instanceId || !UUID.test(instanceId)) return null
  if (resourceType !== 'key' || !keyId || !UUID.test(keyId)) return null
  return { crn: text, service, region, accountId, instanceId, keyId }
}

/** What a service of keys is called. */
export const KEY_SERVICE_NAMES: Readonly<Record<KeyService, string>> = { kms: 'Key Protect', 'hs-crypto': 'HPCS' }

/** A key's state in words, by the number that the API gives. Source: Key Protect documentation, "Key states and transitions". */
export function keyStateName(state: number): string {
  return STATE_NAMES[state] ?? `in the unknown state ${state}`
}

const STATE_NAMES: Readonly<Record<number, string>> = {
  0: 'not active yet (pre-activation)',
  1: 'active',
  2: 'disabled (suspended)',
  3: 'expired (deactivated)',
  5: 'deleted (destroyed)',
}
