import type { CaseAlert } from '../../src/model/case.ts'
import type { Classification, Reason } from '../../src/model/verdict.ts'
import { ACCOUNT_ID, anAlert, aVerdict, CLUSTER_ID, crnOf, labelsOf } from '../support/builders.ts'

/** A moment in the runbook's migration window. */
export const MIGRATING_MS = Date.parse('2024-09-10T11:50:00Z')
export const HPCS_ACCOUNT_ID = '0123456789abcdef0123456789abcdef'
export const SOURCE_KEY = `crn:v1:bluemix:public:kms:eu-fr2:a/${ACCOUNT_ID}:11111111-2222-3333-4444-555555555555:key:66666666-7777-8888-9999-000000000000`
export const TARGET_KEY = `crn:v1:bluemix:public:hs-crypto:eu-fr2:a/${HPCS_ACCOUNT_ID}:aaaaaaaa-2222-3333-4444-555555555555:key:bbbbbbbb-7777-8888-9999-000000000000`
export const CORR_ID = '1f2e3d4c-5b6a-7988-9605-f4e3d2c1b0a9'
export const KEYS_TEXT = `${CLUSTER_ID}: get key info from ghost, rotate failed, CorrID: ${CORR_ID}, source CRK ${SOURCE_KEY}, target CRK ${TARGET_KEY}.`

const CLASSIFICATIONS: Partial<Record<Reason, Classification>> = {
  'kms-update-failed': 'master-operation-failure',
  'master-operation-failed': 'master-operation-failure',
  'etcd-unavailable': 'missing-etcd-record',
  'deletion-unproven': 'missing-etcd-record',
  'evidence-unavailable': 'unclassified',
}

/** A judged alert of a cluster in eu-fr2 in the migration window, whose error text says `text`; without one, none. */
export function aMigratingAlert(
  reason: Reason,
  { text = KEYS_TEXT, ...change }: Partial<CaseAlert> & { text?: string | null } = {},
): CaseAlert {
  const { evidence } = aVerdict(reason, { kind: 'human' })
  const verdict = aVerdict(
    reason,
    { kind: 'human' },
    {
      classification: CLASSIFICATIONS[reason] ?? 'eu-fr2-migration',
      evidence: text === null ? [] : evidence.map((item) => ({ ...item, quote: text })),
    },
  )
  return anAlert({
    labels: { ...labelsOf(CLUSTER_ID), CRN: crnOf(CLUSTER_ID, 'eu-fr2') },
    startsAtMs: MIGRATING_MS,
    judgement: { kind: 'verdict', verdict },
    ...change,
  })
}
