import { describe, expect, test } from '@jest/globals'
import { policySchema } from '../../src/config/policy.ts'
import type { CaseAlert } from '../../src/model/case.ts'
import type { Reason } from '../../src/model/verdict.ts'
import { NOTE_LIMIT, noteText } from '../../src/plan/note.ts'
import { webhookTest } from '../../src/runbook/webhook-test.ts'
import { aMigratingAlert, CORR_ID, HPCS_ACCOUNT_ID, SOURCE_KEY, TARGET_KEY } from '../runbook/migrating-alert.ts'
import { aCase, anAlert, aSituation, humanJudgement } from '../support/builders.ts'

const POLICY = policySchema.parse({ links: { logSearch: 'https://logs.example.com/?q={corrId}' } })

function noteOf(alert: CaseAlert): string {
  const { reason = '', message = '' } = alert.judgement?.verdict ?? {}
  const situation = aSituation({
    policy: POLICY,
    subject: aCase({ alerts: [alert] }),
    notChecked: ['logs: not configured'],
  })
  const note = noteText(situation, {
    headline: `Needs you: ${reason}: ${message}`,
    refusals: [],
    marker: 'kp-responder:0123456789abcdef',
    snooze: null,
  })
  expect([...note].length).toBeLessThanOrEqual(NOTE_LIMIT)
  return note
}

describe('the note of an alert in a migration window', () => {
  test('of a migration error has CorrID, keys, key action, log search, whom to ask and the authorizations', () => {
    const note = noteOf(aMigratingAlert('migration-key-not-readable'))
    for (const part of [
      `CorrID ${CORR_ID}; source key ${SOURCE_KEY}; target key ${TARGET_KEY}`,
      'Key action in the text: rotate',
      `https://logs.example.com/?q=${CORR_ID}`,
      'Ask: #iam-adopters https://ibm.enterprise.slack.com/archives/C0NLB2W3B',
      'Authorizations before / during / after: IKS Secret Encryption 1 / 1,5 / 5; IKS Encrypted Worker 2 / 2,3,6 / 6; Attached Block Storage 3 / 3,7 / 7.',
      '1 containers-kubernetes account-1, 2 server-protect account-2, 3 server-protect account-1 to kms account-1; 5, 6, 7 the same to hs-crypto account-3',
      `account-2 bab556e1c47446ef8da61e399343a3e7, account-3 ${HPCS_ACCOUNT_ID}`,
      'Not checked: logs: not configured.',
    ])
      expect(note).toContain(part)
  })

  test.each<Reason>(['kms-update-failed', 'master-operation-failed'])(
    'of %s has its runbook, the webhook guidance and every command',
    (reason) => {
      const note = noteOf(aMigratingAlert(reason))
      expect(note).toContain(`Next: resolve the failed master operation first: ${POLICY.links.masterOperations}`)
      expect(note).toContain(POLICY.links.webhooks)
      expect(note).toContain(POLICY.links.webhookIssue)
      expect(note).toContain(webhookTest('ibm-system').join('\n'))
    },
  )

  test.each<Reason>(['etcd-unavailable', 'deletion-unproven'])(
    'of %s carries the context of the migration',
    (reason) => {
      const note = noteOf(aMigratingAlert(reason, { text: `Error finding ETCD info, CorrID: ${CORR_ID}` }))
      expect(note).toContain(`Migration BNPP to HPCS: CorrID ${CORR_ID}; source key not in the text`)
      expect(note).toContain('Expect: 20-40 min a cluster, under 2 min a volume; tried again for 2 h')
      expect(note).toContain('Authorizations before / during / after')
    },
  )

  test('of a blocked one says what to expect and that the account of HPCS is not known', () => {
    const note = noteOf(aMigratingAlert('migration-blocked', { text: 'busy with another KMS action' }))
    expect(note).toContain('a sync event on the source key triggers it again')
    expect(note).toContain('account-3 unknown')
  })
})

describe('the note of any alert', () => {
  test('outside a window says nothing of migrations', () => {
    expect(noteOf(anAlert({ judgement: humanJudgement('kms-update-failed') }))).not.toMatch(
      /Migration|Authorizations|webhook/,
    )
  })

  test('says both ways to escalate', () => {
    expect(noteOf(anAlert())).toContain(
      "Escalate: with a CIE the squad's PagerDuty escalation policy; without, #armada-deploy or a GitHub issue.",
    )
  })

  test('says its message once where the headline has it', () => {
    const note = noteOf(anAlert({ judgement: humanJudgement('unrecognised-error') }))
    expect(note.split('It is unrecognised-error.')).toHaveLength(2)
  })
})
