import type { Sandbox } from '../../../sandbox/sandbox.ts'
import { DEFAULT_POLICY, type Policy } from '../../../src/config/policy.ts'
import { fixedPolicy } from '../../../src/config/policy-source.ts'
import { secretFromValue } from '../../../src/config/secret.ts'
import { cloudReaders } from '../../../src/connect-cloud.ts'
import type { FindingReader } from '../../../src/evidence/findings/finding-source.ts'
import type { CaseAlert } from '../../../src/model/case.ts'
import type { FindingSource } from '../../../src/model/finding.ts'
import type { Reason } from '../../../src/model/verdict.ts'
import { anAlert, aVerdict, CLUSTER_ID, crnOf, labelsOf, NOW_MS } from '../../support/builders.ts'

export const API_KEY = 'canary-api-key'
export const ACCOUNT_1 = 'b9f1cbd2ae7b4b5fb8ad5c0c3fbbd5dd'
export const ACCOUNT_2 = 'bab556e1c47446ef8da61e399343a3e7'
export const ACCOUNT_3 = 'a0000000000000000000000000000003'
export const KMS = '0f1e2d3c-0000-4000-8000-000000000001'
export const HPCS = '0f1e2d3c-0000-4000-8000-000000000002'
export const SOURCE_KEY = '0f1e2d3c-0000-4000-8000-00000000000a'
export const TARGET_KEY = '0f1e2d3c-0000-4000-8000-00000000000b'
export const SOURCE_CRN = `crn:v1:bluemix:public:kms:eu-fr2:a/${ACCOUNT_1}:${KMS}:key:${SOURCE_KEY}`
export const TARGET_CRN = `crn:v1:bluemix:public:hs-crypto:eu-fr2:a/${ACCOUNT_3}:${HPCS}:key:${TARGET_KEY}`
/** In the window of the runbook's migration. */
const STARTS_AT_MS = Date.parse('2024-10-02T08:00:00Z')
export const MIGRATION_CRN = crnOf(CLUSTER_ID, 'eu-fr2')

/** An alert with this error text and this verdict, in the migration's window unless it is told otherwise. */
export function anAlertSaying(text: string, reason: Reason, { isMigration = true } = {}): CaseAlert {
  const evidence = aVerdict(reason, { kind: 'human' }).evidence.map((one) => ({ ...one, quote: text }))
  const classification = isMigration ? 'eu-fr2-migration' : 'missing-etcd-record'
  const verdict = aVerdict(reason, { kind: 'human' }, { classification, evidence })
  return anAlert({
    labels: isMigration ? { ...labelsOf(CLUSTER_ID), CRN: MIGRATION_CRN } : labelsOf(CLUSTER_ID),
    startsAtMs: isMigration ? STARTS_AT_MS : NOW_MS,
    judgement: { kind: 'verdict', verdict },
  })
}

/** The reader of one source, as the configuration wires it, on the sandbox. */
export function readerOf(sandbox: Sandbox, source: FindingSource, change: Partial<Policy> = {}): FindingReader {
  const access = {
    iamUrl: `${sandbox.url}/iam`,
    apiKey: secretFromValue(API_KEY),
    sources: new Set(['key-protect', 'iam'] as const),
    keysUrlOf: ({ service, region, instanceId }: { service: string; region: string; instanceId: string }) =>
      `${sandbox.url}/key-protect/${service === 'kms' ? region : instanceId}`,
  }
  const policy = fixedPolicy({ ...DEFAULT_POLICY, ...change })
  const readers = cloudReaders({ ibmCloud: access, kubernetes: null, policy }, { metrics: null, now: Date.now })
  const reader = readers.find((one) => one.source === source)
  if (!reader) throw new Error(`no reader of ${source}`)
  return reader
}
