/**
 * Cluster ids and cluster CRNs, exact ASCII, never normalised.
 * Source: PRODUCT.md section 3 (grammar of a cluster id), IBM Cloud CRN documentation.
 */
const CLUSTER_ID = /^(?:[0-9a-v]{20}|[0-9a-f]{32})$/
const ACCOUNT_ID = /^[0-9a-f]{32}$/
const REGION = /^[a-z]{2,3}-[a-z0-9]+(?:-[a-z0-9]+)*$/
/** A token ends where a letter or digit of any script ends, so that a homoglyph beside an id hides it rather than forges it. The account of a CRN (`:a/...`) has the shape of an id and is none. */
const TOKEN_IN_TEXT = /(?<![\p{L}\p{N}]|:a\/)(?:[0-9a-v]{20}|[0-9a-f]{32})(?![\p{L}\p{N}])/gu
const CRN_IN_TEXT = /crn:v1:[^\s"'<>,]+/g

export interface ClusterCrn {
  crn: string
  region: string
  accountId: string
  clusterId: string
}

export function isClusterId(text: string): boolean {
  return CLUSTER_ID.test(text)
}

/** Every distinct token of the text that has the shape of a cluster id. Use it to look an id up, never to discover one. */
export function clusterIdTokens(text: string): string[] {
  return [...new Set(text.match(TOKEN_IN_TEXT) ?? [])]
}

/**
 * The cluster that a CRN names, or null when it is not a well-formed CRN of a containers-kubernetes cluster:
 * ten segments, version v1, an account scope, a location and a cluster id.
 */
export function parseClusterCrn(text: string): ClusterCrn | null {
  const segments = text.split(':')
  if (segments.length !== 10) return null
  const [scheme, version, cname, ctype, service, region, scope, clusterId, resourceType, resource] = segments
  if (scheme !== 'crn' || version !== 'v1' || service !== 'containers-kubernetes') return null
  if (!cname || !/^[a-z0-9-]+$/.test(cname) || !ctype || !/^(?:public|dedicated|local)$/.test(ctype)) return null
  if (!region || !REGION.test(region) || !clusterId || !isClusterId(clusterId)) return null
  if (resourceType !== '' || resource !== '') return null
  if (!scope?.startsWith('a/')) return null
  const accountId = scope.slice(2)
  if (!ACCOUNT_ID.test(accountId)) return null
  return { crn: text, region, accountId, clusterId }
}

/** The cluster CRNs that a free text names, well-formed ones and damaged ones apart. */
export function clusterCrnsInText(text: string): { valid: ClusterCrn[]; damaged: string[] } {
  const valid = new Map<string, ClusterCrn>()
  const damaged = new Set<string>()
  for (const match of text.match(CRN_IN_TEXT) ?? []) {
    if (!match.includes(':containers-kubernetes:')) continue
    const parsed = parseClusterCrn(match) ?? parseClusterCrn(match.replace(/[.;)\]]+$/, ''))
    if (parsed) valid.set(parsed.crn, parsed)
    else damaged.add(match)
  }
  return { valid: [...valid.values()], damaged: [...damaged] }
}
