import { describe, expect, test } from '@jest/globals'
import { policySchema } from '../../src/config/policy.ts'
import type { CaseAlert } from '../../src/model/case.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Reason } from '../../src/model/verdict.ts'
import { NOTE_LIMIT, noteText } from '../../src/plan/note.ts'
import { webhookTest } from '../../src/runbook/webhook-test.ts'
import { aFinding } from '../evidence/findings/a-question.ts'
import { aMigratingAlert, CORR_ID, HPCS_ACCOUNT_ID, SOURCE_KEY, TARGET_KEY } from '../runbook/migrating-alert.ts'
import { aCase, anAlert, aSituation, aVerdict, HOUR_MS, humanJudgement, NOW_MS } from '../support/builders.ts'

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

describe('a note that does not hold everything', () => {
  const LONG = 'x'.repeat(280)
  const FINDINGS: Finding[] = [
    aFinding({
      source: 'iam',
      outcome: 'absent',
      summary: 'authorizations: 5, 6, 7 missing of those we may see',
      lines: [`5 is needed by ${LONG}`],
      steps: [{ text: `create 5, 6, 7 in account ${HPCS_ACCOUNT_ID}`, commands: [] }],
    }),
    aFinding({
      source: 'key-protect',
      summary: 'source key active, target key disabled (suspended)',
      lines: ['source key', 'target key'],
      steps: [
        { text: 'have the customer enable the target key', commands: ['ibmcloud kp key enable 1'] },
        { text: 'what removes it', commands: [`curl -X DELETE ${LONG}`] },
      ],
    }),
    aFinding({ quotes: [`ghost: 403 ${LONG}`, `again ${LONG}`] }),
    aFinding({ source: 'prometheus', summary: `this cluster fails now ${LONG}` }),
    aFinding({ source: 'kubernetes', outcome: 'unavailable', summary: 'timed out' }),
  ]
  const withFindings = (alert: CaseAlert): CaseAlert => ({
    ...alert,
    findings: { outcomeKey: 'x', reason: 'migration-key-state', askedAtMs: 0, entries: FINDINGS },
  })

  test.each([
    ['CorrID and both keys', `CorrID ${CORR_ID}; source key ${SOURCE_KEY}; target key ${TARGET_KEY}`],
    ['what is missing', 'IAM: authorizations: 5, 6, 7 missing of those we may see'],
    ['where to create it', `Next: create 5, 6, 7 in account ${HPCS_ACCOUNT_ID}`],
    ['the keys', 'Key Protect: source key active, target key disabled (suspended)'],
    ['what to do about them', 'Next: have the customer enable the target key: ibmcloud kp key enable 1'],
    ['that a call is too long for it', 'Next: what removes it: the call is on the case page'],
    ['what was not checked', 'Not checked: Kubernetes (timed out)'],
    ['that something is left out', '\n…\n'],
    ['its mark', '\nkp-responder:0123456789abcdef'],
  ])('has %s', (_, part) => {
    expect(noteOf(withFindings(aMigratingAlert('migration-key-state')))).toContain(part)
  })

  test('leaves out the rest: it is on the case page', () => {
    const note = noteOf(withFindings(aMigratingAlert('migration-key-state')))
    expect(note).not.toContain('5 is needed by')
    expect(note).not.toContain('again x')
    expect(note).not.toContain('this cluster fails now')
    expect(note.split('\n').every((line) => line.length > 0)).toBe(true)
  })

  test('of a page that is quiet says what that rests on before what to do about the registration', () => {
    const judgement = orphanJudgement()
    const steps = [{ text: 'look whether it is gone', commands: ['x'.repeat(260)] }]
    const entries = [aFinding({ source: 'key-protect', summary: '1 registration', lines: ['key 1'], steps })]
    const reason = 'orphaned-key-registration' as const
    const alert = anAlert({ judgement, findings: { outcomeKey: 'x', reason, askedAtMs: 0, entries } })
    const note = noteText(aSituation({ subject: aCase({ alerts: [alert] }), notChecked: [LONG, 'z'.repeat(280)] }), {
      headline: 'Snoozed 12 h: orphaned key registration of a deleted cluster',
      refusals: [],
      marker: 'kp-responder:0123456789abcdef',
      snooze: { untilMs: NOW_MS + HOUR_MS },
    })
    expect(note).toContain('Checked: no message about this cluster')
    expect(note).toContain('Silence: ')
    expect(note).toContain('- key 1')
    expect(note).not.toContain('Next: look whether it is gone')
  })
})

function orphanJudgement(): CaseAlert['judgement'] {
  const remedy = { kind: 'issue-then-snooze', seconds: 43_200, budget: 'orphanSnoozes' } as const
  const { evidence } = aVerdict('orphaned-key-registration', remedy)
  const absent = { source: 'deploy-failure', outcome: 'absent', observedAt: '', link: null, quote: null } as const
  const checked = { ...absent, summary: `no message about this cluster ${'y'.repeat(150)}` }
  return {
    kind: 'verdict',
    verdict: aVerdict('orphaned-key-registration', remedy, { evidence: [...evidence, checked] }),
  }
}

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
