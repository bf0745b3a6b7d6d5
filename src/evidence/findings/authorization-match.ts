import type { ServiceAuthorization } from '../../clients/iam-policies.ts'
import type { KeyCrn } from '../../model/key-crn.ts'
import type { Authorization } from '../../runbook/authorizations.ts'

/** What an authorization must fit. */
export interface Wanted {
  authorization: Authorization
  clusterId: string
  subjectAccountId: string
  ownerAccountId: string
  /** The key that it must open, where the texts name it. */
  key: KeyCrn | null
}

export type MatchWord = 'exists' | 'limited' | 'missing'

export interface Match {
  word: MatchWord
  /** What limits it, where nothing that we know says whether that fits. */
  limits: readonly string[]
}

/** Roles of which one must be granted. Source: Key Protect documentation, migration tool, "Matching criteria", 3. */
const ROLES = ['Reader', 'ReaderPlus', 'Writer', 'Manager']
/** What containers-kubernetes needs besides. Source: the same, 4. */
const DELEGATOR = 'AuthorizationDelegator'
/** Attributes of a subject and of a resource that say nothing beyond what is wanted. */
const PLAIN_SUBJECT = new Set(['serviceName', 'accountId'])
const PLAIN_RESOURCE = new Set(['serviceName', 'accountId', 'resourceType'])

/**
 * Whether one of an account's authorizations is the wanted one. A limit that is known to fit is no limit, one that is known
 * not to fit makes it another authorization, and one that nothing tells of is named.
 */
export function matchOf(wanted: Wanted, authorizations: readonly ServiceAuthorization[]): Match {
  const limits = authorizations.flatMap((one) => {
    const found = limitsOf(wanted, one)
    return found === null ? [] : [found]
  })
  const [least] = limits.sort((a, b) => a.length - b.length)
  if (least === undefined) return { word: 'missing', limits: [] }
  return least.length === 0 ? { word: 'exists', limits: [] } : { word: 'limited', limits: least }
}

/** The limits of an authorization that fits; null where it is another. */
function limitsOf(wanted: Wanted, { subject, resource, roles }: ServiceAuthorization): string[] | null {
  const { authorization, clusterId, subjectAccountId, ownerAccountId, key } = wanted
  if (subject.get('serviceName') !== authorization.subject || subject.get('accountId') !== subjectAccountId) return null
  if (resource.get('serviceName') !== authorization.target) return null
  if ((resource.get('accountId') ?? ownerAccountId) !== ownerAccountId) return null
  if (!roles.some((role) => ROLES.includes(role))) return null
  const isCluster = authorization.subject === 'containers-kubernetes'
  const limits: string[] = []
  for (const [name, value] of [...subject].filter(([name]) => !PLAIN_SUBJECT.has(name))) {
    const known = name === 'serviceInstance' && isCluster ? clusterId : null
    if (known !== null && value !== known) return null
    if (known === null) limits.push(`subject ${name} ${value}`)
  }
  for (const [name, value] of [...resource].filter(([name]) => !PLAIN_RESOURCE.has(name))) {
    const known = name === 'serviceInstance' ? key?.instanceId : name === 'resource' ? key?.keyId : undefined
    if (known !== undefined && value !== known) return null
    if (known === undefined) limits.push(name === 'keyRing' ? `key ring ${value}` : `${name} ${value}`)
  }
  if (isCluster && !roles.includes(DELEGATOR)) limits.push(`no role ${DELEGATOR}`)
  return limits
}
