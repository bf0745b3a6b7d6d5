import { hash } from 'node:crypto'
import type { Alert } from './alert.ts'
import { type ClusterCrn, clusterCrnsInText, parseClusterCrn } from './cluster-id.ts'

/** Which cluster an alert is about, or why that can't be said. Source: runbook, Actions to take, step 1. */
export type AlertIdentity =
  | ({ kind: 'identified' } & ClusterCrn)
  | { kind: 'unidentified'; why: 'no-crn' | 'damaged-crn' | 'contradiction'; seen: string[] }

/**
 * The cluster that the alert's labels and annotations agree on. The CRN label leads; a different or damaged cluster CRN
 * in any annotation is a contradiction, since a snooze of the wrong cluster would hide a real failure.
 */
export function identifyCluster(alert: Pick<Alert, 'labels' | 'annotations'>): AlertIdentity {
  const labels = [alert.labels.CRN, alert.labels.crn].filter((label) => label !== undefined)
  const inText = clusterCrnsInText(Object.values(alert.annotations).join('\n'))
  const named = new Map<string, ClusterCrn>()
  for (const label of labels) {
    const crn = parseClusterCrn(label)
    if (!crn) return { kind: 'unidentified', why: 'damaged-crn', seen: [label] }
    named.set(crn.crn, crn)
  }
  for (const crn of inText.valid) named.set(crn.crn, crn)
  const all = [...named.values()]
  if (inText.damaged.length > 0 || all.length > 1) {
    return { kind: 'unidentified', why: 'contradiction', seen: [...all.map((crn) => crn.crn), ...inText.damaged] }
  }
  const [only] = all
  return only ? { kind: 'identified', ...only } : { kind: 'unidentified', why: 'no-crn', seen: [] }
}

/** Stands before the dedup key of a group that only PagerDuty told of. Alertmanager's own keys begin with a brace. */
const KNOWN_BY_DEDUP_KEY = 'dedup:'

/** The group key of a group whose own key is not known, made of its dedup key. */
export function groupKeyOfDedupKey(dedupKey: string): string {
  return `${KNOWN_BY_DEDUP_KEY}${dedupKey}`
}

/**
 * PagerDuty's `incident_key` for an alert group: the sha256 hex digest of its group key.
 * Source: Alertmanager notify/util.go, Key.Hash.
 */
export function dedupKeyOf(groupKey: string): string {
  if (groupKey.startsWith(KNOWN_BY_DEDUP_KEY)) return groupKey.slice(KNOWN_BY_DEDUP_KEY.length)
  return hash('sha256', groupKey)
}
