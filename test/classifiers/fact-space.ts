import type { AlertFacts, EtcdFacts } from '../../src/model/facts.ts'
import { identifyCluster } from '../../src/model/identity.ts'
import {
  aChannel,
  aMessage,
  aMigration,
  anEtcdAnswer,
  BUSY_TEXT,
  CRN,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  someFacts,
} from '../support/builders.ts'

/** What an error text says, in the words of PRODUCT.md's table. */
export type Says =
  | 'busy in full'
  | 'busy'
  | 'etcd info'
  | 'check cluster state'
  | 'check key in use'
  | 'get key info from ghost'
  | 'check key status'
  | 'failed authorization'
  | 'provider server error'

/** One combination of facts: what the table's words say of it, in plain values, beside the facts that the code judges. */
export interface Combination {
  identity: 'identified' | 'unidentified'
  isErrorChannelRead: boolean
  /** What each error text that counts says: an empty list is another error text, no lists are no error text. */
  texts: readonly (readonly Says[])[]
  operations: 'unavailable' | 'nothing' | 'kms_update failed' | 'kms_update succeeded after' | 'another one failed'
  isOperationsRead: boolean
  etcd: EtcdFacts['outcome'] | 'not asked'
  /** Where the channel of deletions was not asked or not read, nothing of it counts. */
  deletion: 'unread' | 'none' | 'before the failure' | 'after the failure'
  isMigration: boolean
  isWaitOver: boolean
  facts: AlertFacts
}

type Option<T> = { said: T; facts: Partial<AlertFacts> }

const FAILED_AT_MS = NOW_MS - 5 * HOUR_MS
const UNREAD = { outcome: 'unavailable', why: 'Slack did not answer', completeToMs: null } as const

const IDENTITIES: Option<Pick<Combination, 'identity'>>[] = [
  { said: { identity: 'identified' }, facts: { identity: identifyCluster({ labels: { CRN }, annotations: {} }) } },
  ...(['no-crn', 'damaged-crn', 'contradiction'] as const).map((why) => ({
    said: { identity: 'unidentified' as const },
    facts: { identity: { kind: 'unidentified' as const, why, seen: ['a', 'b'] } },
  })),
]

/** Every kind of error text with what it says. */
export const TEXTS: readonly { text: string; says: readonly Says[] }[] = [
  { text: BUSY_TEXT, says: ['busy in full', 'busy'] },
  { text: 'not done: busy with another KMS action', says: ['busy'] },
  { text: 'Error finding ETCD info for the cluster', says: ['etcd info'] },
  { text: 'check cluster state: wrong', says: ['check cluster state'] },
  { text: 'check key in use: wrong', says: ['check key in use'] },
  { text: 'get key info from ghost: wrong', says: ['get key info from ghost'] },
  { text: 'check key status for migration: wrong', says: ['check key status'] },
  { text: 'request not authorized', says: ['failed authorization'] },
  { text: 'HPCS answered 503', says: ['provider server error'] },
  { text: 'something else', says: [] },
]

type TextsSaid = Pick<Combination, 'texts' | 'isErrorChannelRead'>

const ERROR_TEXTS: Option<TextsSaid>[] = [
  { said: { texts: [], isErrorChannelRead: false }, facts: { errorTexts: aChannel([], UNREAD) } },
  { said: { texts: [], isErrorChannelRead: true }, facts: { errorTexts: aChannel() } },
  ...TEXTS.flatMap(({ text, says }): Option<TextsSaid>[] => [
    { said: { texts: [says], isErrorChannelRead: true }, facts: { errorTexts: aChannel([aMessage(text)]) } },
    { said: { texts: [says], isErrorChannelRead: false }, facts: { errorTexts: aChannel([aMessage(text)], UNREAD) } },
    {
      said: { texts: [], isErrorChannelRead: true },
      facts: { errorTexts: aChannel([aMessage(text, { isListed: false })]) },
    },
  ]),
]

/** Two error texts of a listed author in one window: every pair of kinds. */
const TEXT_PAIRS: Option<TextsSaid>[] = TEXTS.flatMap((one, at) =>
  TEXTS.slice(at + 1).map((other) => ({
    said: { texts: [one.says, other.says], isErrorChannelRead: true },
    facts: { errorTexts: aChannel([aMessage(one.text), aMessage(other.text)]) },
  })),
)

const KMS_FAILED = aMessage('kms_update failed', { atMs: FAILED_AT_MS, isListed: false })
const KMS_SUCCEEDED = aMessage('KMS_UPDATE succeeded', { atMs: FAILED_AT_MS + MINUTE_MS })

const OPERATIONS: Option<Pick<Combination, 'operations' | 'isOperationsRead'>>[] = (
  [
    { operations: 'nothing', messages: [] },
    { operations: 'kms_update failed', messages: [KMS_FAILED] },
    { operations: 'kms_update succeeded after', messages: [KMS_FAILED, KMS_SUCCEEDED] },
    { operations: 'another one failed', messages: [aMessage('patch_update failed', { atMs: FAILED_AT_MS })] },
  ] as const
).flatMap(({ operations, messages }) =>
  [true, false].map((isOperationsRead) => ({
    said: { operations, isOperationsRead },
    facts: { masterOperations: aChannel([...messages], isOperationsRead ? {} : UNREAD) },
  })),
)

const ETCD: Option<Pick<Combination, 'etcd'>>[] = [
  { said: { etcd: 'not asked' }, facts: { etcd: null } },
  ...(['present', 'absent', 'unavailable', 'not-trusted'] as const).map((outcome) => ({
    said: { etcd: outcome },
    facts: { etcd: anEtcdAnswer({ outcome }) },
  })),
]

const before = aMessage('cluster deleted', { atMs: FAILED_AT_MS - HOUR_MS })
const after = aMessage('cluster deleted', { atMs: FAILED_AT_MS + HOUR_MS })
const DELETIONS: Option<Pick<Combination, 'deletion'>>[] = [
  { said: { deletion: 'unread' }, facts: { deletions: null } },
  { said: { deletion: 'unread' }, facts: { deletions: aChannel([], UNREAD) } },
  { said: { deletion: 'unread' }, facts: { deletions: aChannel([after], UNREAD) } },
  { said: { deletion: 'none' }, facts: { deletions: aChannel() } },
  { said: { deletion: 'none' }, facts: { deletions: aChannel([aMessage('deletion of the cluster requested')]) } },
  { said: { deletion: 'none' }, facts: { deletions: aChannel([aMessage('cluster deleted', { isListed: false })]) } },
  { said: { deletion: 'before the failure' }, facts: { deletions: aChannel([before]) } },
  { said: { deletion: 'after the failure' }, facts: { deletions: aChannel([before, after]) } },
]

const MIGRATIONS: Option<Pick<Combination, 'isMigration'>>[] = [
  { said: { isMigration: false }, facts: { migration: null } },
  { said: { isMigration: true }, facts: { migration: aMigration() } },
]

const WAITS: Option<Pick<Combination, 'isWaitOver'>>[] = [
  { said: { isWaitOver: true }, facts: { waitFromMs: NOW_MS - 5 * MINUTE_MS } },
  { said: { isWaitOver: false }, facts: { waitFromMs: NOW_MS - 5 * MINUTE_MS + 1 } },
]

/** Every combination of facts, with one error text at most or, `pairs`, with each two kinds of them. */
export function* combinations(texts: 'single' | 'pairs'): Generator<Combination> {
  // Pairs change nothing about who the alert names.
  for (const identity of texts === 'single' ? IDENTITIES : IDENTITIES.slice(0, 1))
    for (const error of texts === 'single' ? ERROR_TEXTS : TEXT_PAIRS)
      for (const operations of OPERATIONS)
        for (const etcd of ETCD)
          for (const deletions of DELETIONS)
            for (const migration of MIGRATIONS)
              for (const wait of WAITS)
                yield {
                  ...identity.said,
                  ...error.said,
                  ...operations.said,
                  ...etcd.said,
                  ...deletions.said,
                  ...migration.said,
                  ...wait.said,
                  facts: someFacts({
                    ...identity.facts,
                    ...error.facts,
                    ...operations.facts,
                    ...etcd.facts,
                    ...deletions.facts,
                    ...migration.facts,
                    ...wait.facts,
                  }),
                }
}
