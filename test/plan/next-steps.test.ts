import { describe, expect, test } from '@jest/globals'
import { DEFAULT_POLICY, policySchema } from '../../src/config/policy.ts'
import { REASONS, type Reason } from '../../src/model/verdict.ts'
import { nextSteps, type StepContext } from '../../src/plan/next-steps.ts'
import { ACCOUNT_ID, CLUSTER_ID } from '../support/builders.ts'

const KNOWN: StepContext = {
  clusterId: CLUSTER_ID,
  accountId: ACCOUNT_ID,
  region: 'eu-fr2',
  corrId: null,
  policy: DEFAULT_POLICY,
}
const steps = (reason: Reason, change: Partial<StepContext> = {}) =>
  nextSteps(reason, { ...KNOWN, ...change }).join('\n')

describe('the next steps', () => {
  test.each(REASONS)('of %s are some, each on one line, and nothing in them is left unfilled', (reason) => {
    const lines = nextSteps(reason, KNOWN)
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) {
      expect(line).not.toMatch(/\n|\{(?:clusterId|corrId|accountId|region)\}|undefined|null/)
      expect(line).not.toMatch(/CLUSTER_ID|ACCOUNT_ID|REGION/)
    }
  })

  test.each<{ reason: Reason; says: string }>([
    { reason: 'cluster-unidentified', says: 'sum by(CRN) (delta(armada_kp_events_status{status="failed"}[5m])) > 0' },
    { reason: 'kms-update-failed', says: DEFAULT_POLICY.links.masterOperations },
    { reason: 'evidence-unavailable', says: 'https://ibm-argonauts.slack.com/archives/C9XGSR292' },
    { reason: 'no-error-text', says: 'kubectl -n armada get pods | grep armada-kp-events' },
    { reason: 'etcd-unavailable', says: 'etcdctl endpoint health --cluster' },
    { reason: 'etcd-not-trusted', says: 'kp-responder doctor' },
    { reason: 'deletion-unproven', says: 'https://ibm-argonauts.slack.com/archives/C54FY4EKG' },
    { reason: 'deletion-unproven', says: `etcdctl get --keys-only '/clusters/${CLUSTER_ID}'` },
  ])('of $reason say "$says"', ({ reason, says }) => expect(steps(reason)).toContain(says))

  test('search the logs by the CorrID, else by the cluster, each encoded for an address', () => {
    const policy = policySchema.parse({ links: { logSearch: 'https://logs.example.com/?q={corrId}' } })
    expect(steps('unrecognised-error', { policy, corrId: 'a&b' })).toContain('https://logs.example.com/?q=a%26b')
    expect(steps('unrecognised-error', { policy })).toContain(`https://logs.example.com/?q=${CLUSTER_ID}`)
    expect(steps('unrecognised-error')).toContain(`search LogDNA, app armada-kp-events, for ${CLUSTER_ID}`)
  })

  test("read the keys of the policy's template", () => {
    const policy = policySchema.parse({
      etcd: { clusterKeys: ['/{region}/{accountId}/{clusterId}', '/c/{clusterId}'] },
    })
    expect(steps('etcd-not-trusted', { policy })).toContain(
      `etcdctl get --keys-only '/eu-fr2/${ACCOUNT_ID}/${CLUSTER_ID}'; etcdctl get --keys-only '/c/${CLUSTER_ID}'`,
    )
  })
})
