import { forHuman, type Rule, ruledOut } from './rule.ts'

/** Row 1. Source: runbook, Actions to take, step 1. */
export const clusterUnidentified: Rule = {
  row: '1',
  reason: 'cluster-unidentified',
  classification: 'unclassified',
  when: 'no valid cluster CRN in the labels or the text, or two that disagree',
  judge({ identity }) {
    if (identity.kind === 'identified')
      return ruledOut(`the alert names cluster ${identity.clusterId} and nothing contradicts it`)
    switch (identity.why) {
      case 'no-crn':
        return forHuman(this.reason, 'The alert names no cluster: neither its labels nor its text hold a cluster CRN.')
      case 'damaged-crn':
        return forHuman(this.reason, 'The CRN label of the alert is not the CRN of a cluster.')
      case 'contradiction':
        return forHuman(
          this.reason,
          `The alert names more than one cluster, or a damaged one: ${identity.seen.length} CRNs disagree.`,
        )
    }
  },
}
