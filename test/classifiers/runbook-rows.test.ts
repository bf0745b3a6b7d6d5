import { describe, expect, test } from '@jest/globals'
import { classify } from '../../src/classifiers/classify.ts'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import type { AlertFacts } from '../../src/model/facts.ts'
import {
  aChannel,
  aMessage,
  aMigration,
  anEtcdAnswer,
  BUSY_TEXT,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  someFacts,
} from '../support/builders.ts'

const ETCD_TEXT = 'Error finding ETCD info for the cluster'
const DELETED = aChannel([aMessage('cluster deleted', { atMs: NOW_MS - HOUR_MS })])
const ABSENT = anEtcdAnswer()

function etcdError(change: Partial<AlertFacts>): Partial<AlertFacts> {
  return { errorTexts: aChannel([aMessage(ETCD_TEXT)]), ...change }
}

function inMigration(text: string | null, change: Partial<AlertFacts> = {}): Partial<AlertFacts> {
  return { migration: aMigration(), errorTexts: aChannel(text === null ? [] : [aMessage(text)]), ...change }
}

interface Row {
  name: string
  facts: Partial<AlertFacts>
  reason: string
  message: RegExp
  remedy?: object
}

const HUMAN = { kind: 'human' }
const ORPHANED = { kind: 'issue-then-snooze', seconds: 43_200, budget: 'orphanSnoozes' }

const ETCD_ROWS: Row[] = [
  {
    name: 'row 7: no etcd configured',
    facts: etcdError({ etcd: null, deletions: DELETED }),
    reason: 'etcd-unavailable',
    message: /could not be asked.*it was not asked/,
  },
  {
    name: 'row 7: no linearizable answer',
    facts: etcdError({ etcd: anEtcdAnswer({ outcome: 'unavailable', why: 'no leader' }), deletions: DELETED }),
    reason: 'etcd-unavailable',
    message: /no leader\. Resolve that first/,
  },
  {
    name: 'row 8: an etcd whose answer proves nothing',
    facts: etcdError({ etcd: anEtcdAnswer({ outcome: 'not-trusted', why: 'no sentinel' }), deletions: DELETED }),
    reason: 'etcd-not-trusted',
    message: /no sentinel.*access or key mapping/,
  },
  {
    name: 'row 9: a record that exists, with the revision seen',
    facts: etcdError({ etcd: anEtcdAnswer({ outcome: 'present' }), deletions: DELETED }),
    reason: 'etcd-record-present',
    message: /revision 4711.*may have been away/,
  },
  {
    name: 'row 10: record gone and deletion completed',
    facts: etcdError({ etcd: ABSENT, deletions: DELETED }),
    reason: 'orphaned-key-registration',
    message: /^The cluster was deleted \(2026-11-22T11:00:00\.000Z\)/,
    remedy: ORPHANED,
  },
  {
    name: 'row 10 goes before a kms_update failure that is older than the deletion',
    facts: etcdError({
      etcd: ABSENT,
      deletions: DELETED,
      masterOperations: aChannel([aMessage('kms_update failed', { atMs: NOW_MS - 2 * HOUR_MS })]),
    }),
    reason: 'orphaned-key-registration',
    message: /^The cluster was deleted/,
    remedy: ORPHANED,
  },
  {
    name: 'row 2 goes before row 10 where the kms_update failed after the deletion',
    facts: etcdError({
      etcd: ABSENT,
      deletions: DELETED,
      masterOperations: aChannel([aMessage('kms_update failed', { atMs: NOW_MS - MINUTE_MS })]),
    }),
    reason: 'kms-update-failed',
    message: /kms_update/,
  },
  {
    name: 'row 11: no message that the deletion completed',
    facts: etcdError({ etcd: ABSENT, deletions: aChannel() }),
    reason: 'deletion-unproven',
    message: /holds no message/,
  },
  {
    name: 'row 11: the deletion told by an unlisted author',
    facts: etcdError({ etcd: ABSENT, deletions: aChannel([aMessage('cluster deleted', { isListed: false })]) }),
    reason: 'deletion-unproven',
    message: /holds no message/,
  },
  {
    name: 'row 11: the deletion told of another cluster of the message',
    facts: etcdError({ etcd: ABSENT, deletions: aChannel([aMessage('cluster deleted', { ownText: 'cluster kept' })]) }),
    reason: 'deletion-unproven',
    message: /holds no message/,
  },
  {
    name: 'row 11: the channel can not be read',
    facts: etcdError({ etcd: ABSENT, deletions: aChannel([], { outcome: 'unavailable', why: 'archived' }) }),
    reason: 'deletion-unproven',
    message: /can't be read: archived/,
  },
  {
    name: 'row 11: a deletion was found in a channel that could not be read completely',
    facts: etcdError({
      etcd: ABSENT,
      deletions: aChannel([aMessage('cluster deleted')], { outcome: 'unavailable', why: 'a page is missing' }),
    }),
    reason: 'deletion-unproven',
    message: /can't be read: a page is missing/,
  },
  ...['deletion requested', 'deletion failed', 'deletion is being retried', 'cluster not deleted: skipped'].map(
    (text): Row => ({
      name: `row 11: "${text}" is no completed deletion`,
      facts: etcdError({ etcd: ABSENT, deletions: aChannel([aMessage(text)]) }),
      reason: 'deletion-unproven',
      message: /holds no message/,
    }),
  ),
]

const MIGRATION_ROWS: Row[] = [
  {
    name: 'row 2: any failed master operation',
    facts: inMigration(BUSY_TEXT, { masterOperations: aChannel([aMessage('patch_update failed')]) }),
    reason: 'master-operation-failed',
    message: /during the migration BNPP to HPCS/,
  },
  {
    name: 'row 4: busy with another KMS action',
    facts: inMigration('migration: busy with another KMS action'),
    reason: 'migration-blocked',
    message: /waits for an earlier KMS action/,
    remedy: { kind: 'snooze', seconds: 7_200, budget: 'migrationSnoozes' },
  },
  ...(
    [
      ['check cluster state', 'migration-cluster-state', /state of|valid state/],
      ['check key in use', 'migration-key-not-in-use', /intent/],
      ['get key info from ghost', 'migration-key-not-readable', /authoriz/],
      ['check key status for migration', 'migration-key-state', /enabled/],
      ['authorization failed', 'migration-not-authorized', /#iam-adopters/],
      ['HPCS answered 503', 'migration-provider-error', /#hp-crypto-kms/],
    ] as const
  ).map(
    ([text, reason, message]): Row => ({
      name: `row 5: "${text}"`,
      facts: inMigration(`x: ${text} y`),
      reason,
      message,
    }),
  ),
  {
    name: 'row 12: another error text',
    facts: inMigration('key is disabled'),
    reason: 'migration-undetermined',
    message: /none that the runbook knows/,
  },
  {
    name: 'row 12: no error text after the wait',
    facts: inMigration(null),
    reason: 'migration-undetermined',
    message: /no error text/,
  },
]

describe.each([
  { about: 'a record that etcd does not give', rows: ETCD_ROWS },
  { about: 'an alert in a migration window', rows: MIGRATION_ROWS },
])('$about', ({ rows }) => {
  test.each(rows)('$name', ({ facts, reason, message, remedy = HUMAN }) => {
    const { kind, verdict } = classify(someFacts(facts), DEFAULT_POLICY)
    expect({ kind, reason: verdict.reason, remedy: verdict.remedy }).toEqual({ kind: 'verdict', reason, remedy })
    expect(verdict.message).toMatch(message)
  })
})

describe('several error texts at once', () => {
  test('the shorter snooze goes before the longer', () => {
    const errorTexts = aChannel([aMessage(ETCD_TEXT), aMessage(BUSY_TEXT)])
    const { verdict } = classify(someFacts({ errorTexts, etcd: ABSENT, deletions: DELETED }), DEFAULT_POLICY)
    expect(verdict.remedy).toMatchObject({ seconds: 7_200 })
  })
})
