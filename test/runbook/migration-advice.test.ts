import { describe, expect, test } from '@jest/globals'
import { policySchema } from '../../src/config/policy.ts'
import type { CaseAlert } from '../../src/model/case.ts'
import type { Reason } from '../../src/model/verdict.ts'
import { migrationAdvice } from '../../src/runbook/migration-advice.ts'
import { webhookTest } from '../../src/runbook/webhook-test.ts'
import {
  ACCOUNT_ID,
  CLUSTER_ID,
  humanJudgement,
  labelsOf,
  OTHER_CLUSTER_ID,
  waitingJudgement,
} from '../support/builders.ts'
import {
  aMigratingAlert,
  CORR_ID,
  HPCS_ACCOUNT_ID,
  KEYS_TEXT,
  MIGRATING_MS,
  SOURCE_KEY,
  TARGET_KEY,
} from './migrating-alert.ts'

const WORKER_ACCOUNT_ID = 'bab556e1c47446ef8da61e399343a3e7'
const POLICY = policySchema.parse({ links: { logSearch: 'https://logs.example.com/?q={corrId}&c={clusterId}' } })

function linesOf(title: string, alert: CaseAlert): string[] {
  return migrationAdvice(alert, POLICY).find((section) => section.title === title)?.lines ?? []
}

function text(alert: CaseAlert): string {
  return migrationAdvice(alert, POLICY)
    .flatMap(({ lines }) => lines)
    .join('\n')
}

describe('the advice for an alert of a migration', () => {
  test('has the CorrID, both keys and the log search of the error text', () => {
    expect(linesOf('Migration BNPP to HPCS', aMigratingAlert('migration-key-not-readable'))).toEqual([
      `CorrID: ${CORR_ID}`,
      `Source key CRN: ${SOURCE_KEY}`,
      `Target key CRN: ${TARGET_KEY}`,
      'Key action in the text: rotate',
      `logs of CorrID ${CORR_ID}: https://logs.example.com/?q=${CORR_ID}&c=${CLUSTER_ID}`,
    ])
  })

  test('says what the error text does not tell, and searches the logs for the cluster then', () => {
    expect(linesOf('Migration BNPP to HPCS', aMigratingAlert('migration-undetermined', { text: null }))).toEqual([
      'CorrID: not in the error text: look at the log output',
      'Source key CRN: not in the error text: look at the log output',
      'Target key CRN: not in the error text: look at the log output',
      `logs of ${CLUSTER_ID}: https://logs.example.com/?q=${CLUSTER_ID}&c=${CLUSTER_ID}`,
    ])
  })

  test('works the authorizations out for each scenario, with the accounts in them', () => {
    const alert = aMigratingAlert('migration-key-not-readable')
    expect(linesOf('Authorizations during the migration', alert)).toEqual([
      'IKS Secret Encryption:',
      `1: containers-kubernetes of account-1 (${ACCOUNT_ID}) to kms, created in account-1 (${ACCOUNT_ID}), key ring: no. IKS Cluster encrypted secrets support.`,
      `5: containers-kubernetes of account-1 (${ACCOUNT_ID}) to hs-crypto, created in account-3 (${HPCS_ACCOUNT_ID}), key ring: yes. IKS Cluster encrypted secrets support.`,
      'IKS Encrypted Worker:',
      `2: server-protect of account-2 (${WORKER_ACCOUNT_ID}) to kms, created in account-1 (${ACCOUNT_ID}), key ring: no. IKS Cluster encrypted worker support, created by IKS.`,
      `3: server-protect of account-1 (${ACCOUNT_ID}) to kms, created in account-1 (${ACCOUNT_ID}), key ring: no. Encrypted block storage support.`,
      `6: server-protect of account-2 (${WORKER_ACCOUNT_ID}) to hs-crypto, created in account-3 (${HPCS_ACCOUNT_ID}), key ring: yes. IKS Cluster encrypted worker support, created by IKS.`,
      'Attached Block Storage:',
      `3: server-protect of account-1 (${ACCOUNT_ID}) to kms, created in account-1 (${ACCOUNT_ID}), key ring: no. Encrypted block storage support.`,
      `7: server-protect of account-1 (${ACCOUNT_ID}) to hs-crypto, created in account-3 (${HPCS_ACCOUNT_ID}), key ring: yes. Block storage support & VPC worker migration.`,
    ])
    expect(linesOf('Authorizations of other services', alert).map((line) => line.slice(0, 2))).toEqual(['4:', '8:'])
  })

  test.each([
    { name: 'no target key', given: 'get key info from ghost' },
    { name: 'a target key of Key Protect', given: `get key info from ghost, target ${SOURCE_KEY}` },
  ])('does not guess the account of HPCS from $name', ({ given }) => {
    const lines = linesOf(
      'Authorizations after the migration',
      aMigratingAlert('migration-key-not-readable', { text: given }),
    )
    expect(lines[1]).toContain('created in account-3 (not known here)')
  })

  test('has the target key in the steps for attached storage, in base64 for the secret', () => {
    const advice = text(aMigratingAlert('migration-key-state'))
    expect(advice).toContain(`encryptionKey: ${SOURCE_KEY} becomes ${TARGET_KEY}`)
    const encoded = /becomes the base64 of \S+: (\S+)$/m.exec(advice)?.[1] ?? ''
    expect(Buffer.from(encoded, 'base64').toString()).toBe(TARGET_KEY)
  })

  test.each<{ reason: Reason; given: string; asks: string[] }>([
    { reason: 'migration-key-not-readable', given: 'get key info from ghost', asks: ['#iam-adopters (C0NLB2W3B)'] },
    { reason: 'migration-not-authorized', given: '403', asks: ['#iam-adopters (C0NLB2W3B)'] },
    { reason: 'migration-provider-error', given: 'HPCS answered 503', asks: ['#hp-crypto-kms (CFFC7M3B3)'] },
    {
      reason: 'migration-provider-error',
      given: `Key Protect answered 500, target ${TARGET_KEY}`,
      asks: ['#key-protect (C1UB18PQB)'],
    },
    {
      reason: 'migration-provider-error',
      given: 'kms to hpcs: 500',
      asks: ['#key-protect (C1UB18PQB)', '#hp-crypto-kms (CFFC7M3B3)'],
    },
    { reason: 'migration-key-state', given: 'check key status for migration', asks: [] },
  ])('"$given" ($reason) is asked in $asks', ({ reason, given, asks }) => {
    const lines = linesOf('Whom to ask', aMigratingAlert(reason, { text: given }))
    expect(lines.map((line) => line.split(': ')[0])).toEqual(asks)
  })

  test('of a failed master operation brings the webhooks forward, with the commands', () => {
    const titles = (reason: Reason) => migrationAdvice(aMigratingAlert(reason), POLICY).map(({ title }) => title)
    const webhooks = linesOf('Webhooks', aMigratingAlert('kms-update-failed'))
    expect(webhooks).toEqual(expect.arrayContaining(webhookTest('ibm-system')))
    expect(webhooks.join()).toContain(POLICY.links.webhookIssue)
    const failed = titles('master-operation-failed')
    const undetermined = titles('migration-undetermined')
    expect(failed.indexOf('Webhooks')).toBeLessThan(failed.indexOf('Required service authorizations'))
    expect(undetermined.indexOf('Webhooks')).toBeGreaterThan(undetermined.indexOf('Required service authorizations'))
  })

  test.each<Reason>(['etcd-unavailable', 'deletion-unproven', 'evidence-unavailable', 'migration-undetermined'])(
    'is there for %s too, with the general steps',
    (reason) => {
      expect(linesOf('General debugging', aMigratingAlert(reason))).toContain(
        'Identify the cluster and/or worker pool being migrated.',
      )
    },
  )

  test('names the section of the runbook for each part, and no part is empty', () => {
    for (const { title, source, lines } of migrationAdvice(aMigratingAlert('migration-key-state'), POLICY)) {
      expect({ title, source, lines: lines.length }).toEqual({
        title: expect.stringMatching(/\w/),
        source: expect.stringMatching(/\w/),
        lines: expect.any(Number),
      })
      expect(lines.length).toBeGreaterThan(0)
    }
  })
})

describe('no advice', () => {
  test.each<{ name: string; change: Partial<CaseAlert> }>([
    { name: 'an alert after the window', change: { startsAtMs: Date.parse('2024-11-01T00:00:00Z') } },
    { name: 'a cluster of another region', change: { labels: labelsOf(CLUSTER_ID) } },
    { name: 'an alert that names no cluster', change: { labels: {} } },
    { name: 'an alert without a judgement', change: { judgement: null } },
    { name: 'an alert whose verdict is awaited', change: { judgement: waitingJudgement(MIGRATING_MS) } },
  ])('for $name', ({ change }) => {
    expect(migrationAdvice(aMigratingAlert('migration-undetermined', change), POLICY)).toEqual([])
  })
})

describe('what an error text says', () => {
  test('of another cluster in the same message is not that of this one', () => {
    const given = `${OTHER_CLUSTER_ID}: CorrID: other-corr-id\n${CLUSTER_ID}: CorrID: ${CORR_ID}\nCorrID: whose-is-this`
    expect(text(aMigratingAlert('migration-undetermined', { text: given }))).toContain(`CorrID: ${CORR_ID}`)
    const foreign = aMigratingAlert('migration-undetermined', {
      text: `${OTHER_CLUSTER_ID} ${CLUSTER_ID}: CorrID: abcdef`,
    })
    expect(text(foreign)).toContain('CorrID: not in the error text')
  })

  test('is inert: it links nowhere and mentions nobody', () => {
    const given = `${KEYS_TEXT.replaceAll(TARGET_KEY, `${TARGET_KEY}/https://evil.example/@here`)}`
    const advice = text(aMigratingAlert('migration-key-not-readable', { text: given }))
    expect(advice).not.toContain('https://evil.example')
    expect(advice).not.toContain('@here')
  })

  test('is taken from the newest text that says it', () => {
    const alert = aMigratingAlert('migration-undetermined')
    const [newest] = alert.judgement?.verdict.evidence ?? []
    if (!newest) throw new Error('the alert of the test cites no text')
    const { verdict } = humanJudgement('migration-undetermined')
    const evidence = [
      { ...newest, quote: 'CorrID: newest-id' },
      { ...newest, quote: `CorrID: older-id, source ${SOURCE_KEY}` },
    ]
    const both = { ...alert, judgement: { kind: 'verdict' as const, verdict: { ...verdict, evidence } } }
    expect(linesOf('Migration BNPP to HPCS', both).slice(0, 2)).toEqual([
      'CorrID: newest-id',
      `Source key CRN: ${SOURCE_KEY}`,
    ])
  })
})
