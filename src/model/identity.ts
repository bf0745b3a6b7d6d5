import { createHash } from 'node:crypto'
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
  const label = alert.labels.CRN ?? alert.labels.crn
  const inText = clusterCrnsInText(Object.values(alert.annotations).join('\n'))
  const fromLabel = label === undefined ? null : parseClusterCrn(label)
  if (label !== undefined && !fromLabel) return { kind: 'unidentified', why: 'damaged-crn', seen: [label] }
  const named = new Map<string, ClusterCrn>()
  if (fromLabel) named.set(fromLabel.crn, fromLabel)
  for (const crn of inText.valid) named.set(crn.crn, crn)
  const all = [...named.values()]
  if (inText.damaged.length > 0 || all.length > 1) {
    return { kind: 'unidentified', why: 'contradiction', seen: [...all.map((crn) => crn.crn), ...inText.damaged] }
  }
  const [only] = all
  return only ? { kind: 'identified', ...only } : { kind: 'unidentified', why: 'no-crn', seen: [] }
}

/**
 * PagerDuty's `incident_key` for an alert group: the sha256 hex digest of its group key.
 * Source: Alertmanager notify/util.go, Key.Hash.
 */
export function dedupKeyOf(groupKey: string): string {
  return createHash('sha256').update(groupKey, 'utf8').digest('hex')
}
