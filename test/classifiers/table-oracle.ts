import type { Combination, Says } from './fact-space.ts'

/** What PRODUCT.md's table asks for: `2 h`, `12 h`, or a person. */
export type Asked = 'a person' | 'snooze 2 h' | 'snooze 12 h after an issue'

export interface OracleRow {
  reason: string
  asks: Asked
  /** For a row that is a wait first. */
  waits?: 'error-text' | 'evidence'
  holds: (given: Combination, text: readonly Says[] | null) => boolean
}

const says = (text: readonly Says[] | null, words: Says) => text?.includes(words) ?? false
const isFailedAndNotDeletedSince = (given: Combination, text: readonly Says[] | null) =>
  !(says(text, 'etcd info') && given.etcd === 'absent' && given.deletion === 'after the failure')
const isProven = ({ deletion }: Combination) => deletion === 'before the failure' || deletion === 'after the failure'

/** PRODUCT.md section 4, row by row, restated without a look at the code. The first row that holds rules. */
export const ORACLE: readonly OracleRow[] = [
  { reason: 'cluster-unidentified', asks: 'a person', holds: ({ identity }) => identity === 'unidentified' },
  {
    reason: 'kms-update-failed',
    asks: 'a person',
    holds: (given, text) => given.operations === 'kms_update failed' && isFailedAndNotDeletedSince(given, text),
  },
  {
    reason: 'master-operation-failed',
    asks: 'a person',
    holds: (given, text) =>
      given.isMigration && given.operations === 'another one failed' && isFailedAndNotDeletedSince(given, text),
  },
  {
    reason: 'evidence-unavailable',
    asks: 'a person',
    waits: 'evidence',
    holds: ({ isErrorChannelRead, isOperationsRead }) => !isErrorChannelRead || !isOperationsRead,
  },
  {
    reason: 'migration-blocked',
    asks: 'snooze 2 h',
    holds: ({ isMigration }, text) => isMigration && says(text, 'busy'),
  },
  ...(
    [
      ['migration-cluster-state', 'check cluster state'],
      ['migration-key-not-in-use', 'check key in use'],
      ['migration-key-not-readable', 'get key info from ghost'],
      ['migration-key-state', 'check key status'],
      ['migration-not-authorized', 'failed authorization'],
      ['migration-provider-error', 'provider server error'],
    ] as const
  ).map(
    ([reason, words]): OracleRow => ({
      reason,
      asks: 'a person',
      holds: ({ isMigration }, text) => isMigration && says(text, words),
    }),
  ),
  { reason: 'busy', asks: 'snooze 2 h', holds: (_given, text) => says(text, 'busy in full') },
  {
    reason: 'etcd-unavailable',
    asks: 'a person',
    holds: ({ etcd }, text) => says(text, 'etcd info') && (etcd === 'unavailable' || etcd === 'not asked'),
  },
  {
    reason: 'etcd-not-trusted',
    asks: 'a person',
    holds: ({ etcd }, text) => says(text, 'etcd info') && etcd === 'not-trusted',
  },
  {
    reason: 'etcd-record-present',
    asks: 'a person',
    holds: ({ etcd }, text) => says(text, 'etcd info') && etcd === 'present',
  },
  {
    reason: 'orphaned-key-registration',
    asks: 'snooze 12 h after an issue',
    holds: (given, text) => says(text, 'etcd info') && given.etcd === 'absent' && isProven(given),
  },
  {
    reason: 'deletion-unproven',
    asks: 'a person',
    holds: (given, text) => says(text, 'etcd info') && given.etcd === 'absent' && !isProven(given),
  },
  {
    reason: 'migration-undetermined',
    asks: 'a person',
    holds: ({ isMigration }, text) => isMigration && text !== null,
  },
  {
    reason: 'migration-undetermined',
    asks: 'a person',
    waits: 'error-text',
    holds: ({ isMigration }, text) => isMigration && text === null,
  },
  { reason: 'unrecognised-error', asks: 'a person', holds: (_given, text) => text !== null },
  { reason: 'no-error-text', asks: 'a person', waits: 'error-text', holds: (_given, text) => text === null },
]

/** The outcome in words: the reason, and what is asked for or awaited. */
export function expected(given: Combination): string {
  const texts = given.texts.length > 0 ? given.texts : [null]
  const rows = texts.map((text) => {
    const row = ORACLE.find(({ holds }) => holds(given, text))
    return row ? { reason: row.reason, asks: row.waits && !given.isWaitOver ? row.waits : row.asks } : null
  })
  // A person before a wait, a wait before a snooze, the shorter snooze before the longer; the first text where equal.
  const order = ['a person', 'evidence', 'error-text', 'snooze 2 h', 'snooze 12 h after an issue']
  const [strictest] = rows
    .map((row) => row ?? { reason: 'no row', asks: 'a person' })
    .toSorted((a, b) => order.indexOf(a.asks) - order.indexOf(b.asks))
  return `${strictest?.reason}: ${strictest?.asks}`
}
