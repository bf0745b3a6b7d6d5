import type { AuthorizationAttribute, ServiceAuthorization } from '../../clients/iam-policies.ts'
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
  /** That key's ring, where Key Protect tells it. */
  ring: string | null
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
  const { authorization, clusterId, subjectAccountId, ownerAccountId, key, ring } = wanted
  if (!fits(subject.get('serviceName'), authorization.subject)) return null
  if (!fits(subject.get('accountId'), subjectAccountId)) return null
  if (!fits(resource.get('serviceName'), authorization.target)) return null
  if (resource.has('accountId') && !fits(resource.get('accountId'), ownerAccountId)) return null
  if (!roles.some((role) => ROLES.includes(role))) return null
  const isCluster = authorization.subject === 'containers-kubernetes'
  const limits: string[] = []
  for (const [name, attribute] of [...subject].filter(([name]) => !PLAIN_SUBJECT.has(name))) {
    const known = name === 'serviceInstance' && isCluster ? clusterId : null
    if (known !== null && !fits(attribute, known)) return null
    if (known === null) limits.push(`subject ${name} ${attribute.value}`)
  }
  const ofKey = new Map([
    ['serviceInstance', key?.instanceId],
    ['resource', key?.keyId],
    ['keyRing', ring ?? undefined],
  ])
  for (const [name, attribute] of [...resource].filter(([name]) => !PLAIN_RESOURCE.has(name))) {
    const known = ofKey.get(name)
    if (known !== undefined && !fits(attribute, known)) return null
    if (known === undefined) limits.push(`${name === 'keyRing' ? 'key ring' : name} ${attribute.value}`)
  }
  if (isCluster && !roles.includes(DELEGATOR)) limits.push(`no role ${DELEGATOR}`)
  return limits
}

function fits(attribute: AuthorizationAttribute | undefined, wanted: string): boolean {
  if (!attribute) return false
  return attribute.isPattern ? isMatch(attribute.value, wanted) : attribute.value === wanted
}

/** Whether the whole text is of the pattern, in time that grows with the product of both lengths at most. */
function isMatch(pattern: string, text: string): boolean {
  let at = 0
  let star = -1
  let retryAt = 0
  let seen = 0
  while (seen < text.length) {
    if (pattern[at] === '*') {
      star = at
      at += 1
      retryAt = seen
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[seen])) {
      at += 1
      seen += 1
    } else if (star >= 0) {
      at = star + 1
      retryAt += 1
      seen = retryAt
    } else return false
  }
  return /^\**$/.test(pattern.slice(at))
}
