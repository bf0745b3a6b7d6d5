import type { Policy } from '../config/policy.ts'

/** The link of the log search for a CorrID, or for the cluster while none is known; null where the policy names none. */
export function logSearchLink(
  { links }: Pick<Policy, 'links'>,
  { corrId, clusterId }: { corrId: string | null; clusterId: string | null },
): string | null {
  if (links.logSearch === '') return null
  const cluster = encodeURIComponent(clusterId ?? '')
  return links.logSearch
    .replaceAll('{corrId}', corrId === null ? cluster : encodeURIComponent(corrId))
    .replaceAll('{clusterId}', cluster)
}

/** Where the logs of this failure are, in a sentence: by its CorrID where the error text tells one. */
export function logSearchLine(
  policy: Pick<Policy, 'links'>,
  wanted: { corrId: string | null; clusterId: string | null },
): string {
  const link = logSearchLink(policy, wanted)
  const what = wanted.corrId === null ? (wanted.clusterId ?? 'CLUSTER_ID') : `CorrID ${wanted.corrId}`
  return link === null ? `search LogDNA, app armada-kp-events, for ${what}` : `logs of ${what}: ${link}`
}
