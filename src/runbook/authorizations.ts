/** The accounts of the runbook's tables: examples but for account-2, which is the workers' own. */
export const ACCOUNTS = ['account-1', 'account-2', 'account-3'] as const
export type AccountName = (typeof ACCOUNTS)[number]

export interface HostedAccount {
  account: AccountName
  services: readonly string[]
  purpose: string
  source: 'Accounts'
}

export const HOSTED_ACCOUNTS: readonly HostedAccount[] = [
  {
    account: 'account-1',
    services: ['containers-kubernetes', 'kms', 'server-protect'],
    purpose: 'Segmentation of clusters within eu-fr2. Multiple accounts like this exist in the region.',
    source: 'Accounts',
  },
  {
    account: 'account-2',
    services: ['server-protect'],
    purpose: 'IBM SRE account where VPC workers are provisioned',
    source: 'Accounts',
  },
  {
    account: 'account-3',
    services: ['hs-crypto'],
    purpose: 'Host KMS Hyper Protect Crypto Service',
    source: 'Accounts',
  },
]

export interface ServiceName {
  id: string
  name: string
  alias: string | null
  source: 'Service ID and Names'
}

export const SERVICES: readonly ServiceName[] = [
  { id: 'containers-kubernetes', name: 'IKS & ROKS', alias: null, source: 'Service ID and Names' },
  { id: 'server-protect', name: 'Block Storage', alias: 'Block', source: 'Service ID and Names' },
  { id: 'kms', name: 'Key Protect', alias: null, source: 'Service ID and Names' },
  { id: 'hs-crypto', name: 'Hyper Protect Crypto Service', alias: 'HPCS', source: 'Service ID and Names' },
]

/** A service authorization: the subject's service in its account may use the target service of the account that made it. */
export interface Authorization {
  id: number
  subject: string
  subjectAccount: AccountName
  target: 'kms' | 'hs-crypto'
  createdIn: AccountName
  hasKeyRing: boolean
  notes: string
  source: string
}

const BEFORE = 'Required Service Authorizations Before Migration'
const AFTER = 'Required Service Authorizations After Migration'
const toKeyProtect = { target: 'kms', createdIn: 'account-1', hasKeyRing: false, source: BEFORE } as const
const toHpcs = { target: 'hs-crypto', createdIn: 'account-3', hasKeyRing: true, source: AFTER } as const

export const AUTHORIZATIONS: readonly Authorization[] = [
  {
    id: 1,
    subject: 'containers-kubernetes',
    subjectAccount: 'account-1',
    notes: 'IKS Cluster encrypted secrets support',
    ...toKeyProtect,
  },
  {
    id: 2,
    subject: 'server-protect',
    subjectAccount: 'account-2',
    notes: 'IKS Cluster encrypted worker support, created by IKS',
    ...toKeyProtect,
  },
  {
    id: 3,
    subject: 'server-protect',
    subjectAccount: 'account-1',
    notes: 'Encrypted block storage support',
    ...toKeyProtect,
  },
  {
    id: 4,
    subject: 'various',
    subjectAccount: 'account-1',
    notes: 'One for each required service (not IKS or Block)',
    ...toKeyProtect,
  },
  {
    id: 5,
    subject: 'containers-kubernetes',
    subjectAccount: 'account-1',
    notes: 'IKS Cluster encrypted secrets support',
    ...toHpcs,
  },
  {
    id: 6,
    subject: 'server-protect',
    subjectAccount: 'account-2',
    notes: 'IKS Cluster encrypted worker support, created by IKS',
    ...toHpcs,
  },
  {
    id: 7,
    subject: 'server-protect',
    subjectAccount: 'account-1',
    notes: 'Block storage support & VPC worker migration',
    ...toHpcs,
  },
  {
    id: 8,
    subject: 'Resource Group (*)',
    subjectAccount: 'account-1',
    notes: 'All Services except IKS and Block',
    ...toHpcs,
  },
]

/** Which authorizations a use of keys needs before, during and after its migration, by their ids. */
export interface Scenario {
  scenario: string
  before: readonly number[]
  during: readonly number[]
  after: readonly number[]
  notes: string | null
  source: 'Required Service Authorizations Matrix'
}

const MATRIX = 'Required Service Authorizations Matrix'

export const SCENARIOS: readonly Scenario[] = [
  { scenario: 'IKS Secret Encryption', before: [1], during: [1, 5], after: [5], notes: null, source: MATRIX },
  {
    scenario: 'IKS Encrypted Worker',
    before: [2],
    during: [2, 3, 6],
    after: [6],
    notes: 'Service authorization for #6 is required to a Block Storage issue',
    source: MATRIX,
  },
  { scenario: 'Attached Block Storage', before: [3], during: [3, 7], after: [7], notes: null, source: MATRIX },
]

/** The account ids that stand for the runbook's names; null where nothing tells it. */
export type AccountIds = Readonly<Record<AccountName, string | null>>

/** An authorization with the accounts of this cluster in it. */
export function describeAuthorization(authorization: Authorization, accounts: AccountIds): string {
  const { id, subject, subjectAccount, target, createdIn, hasKeyRing, notes } = authorization
  const name = (account: AccountName) =>
    `${account}${accounts[account] ? ` (${accounts[account]})` : ' (not known here)'}`
  return `${id}: ${subject} of ${name(subjectAccount)} to ${target}, created in ${name(createdIn)}, key ring: ${hasKeyRing ? 'yes' : 'no'}. ${notes}.`
}

/** A scenario with the ids of what it needs at each time: `IKS Secret Encryption: before 1; during 1, 5; after 5`. */
export function describeScenario({ scenario, before, during, after }: Scenario): string {
  return `${scenario}: before ${before.join(', ')}; during ${during.join(', ')}; after ${after.join(', ')}`
}
