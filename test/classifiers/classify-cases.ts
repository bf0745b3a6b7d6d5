import type { AlertFacts } from '../../src/model/facts.ts'
import { aChannel, aMessage, BUSY_TEXT, HOUR_MS, MINUTE_MS, NOW_MS } from '../support/builders.ts'

const DAY_MS = 24 * HOUR_MS
const KMS_FAILED = 'master operation kms_update failed for cluster'
const KMS_SUCCEEDED = 'master operation kms_update succeeded for cluster'
const NO_CRN: AlertFacts['identity'] = { kind: 'unidentified', why: 'no-crn', seen: [] }

export function unavailable(why: string, change: Parameters<typeof aChannel>[1] = {}) {
  return aChannel([], { outcome: 'unavailable', why, completeToMs: null, ...change })
}

function operations(...texts: (string | ReturnType<typeof aMessage>)[]) {
  const messages = texts.map((text, at) =>
    typeof text === 'string' ? aMessage(text, { atMs: NOW_MS - (texts.length - at) * HOUR_MS }) : text,
  )
  return { masterOperations: aChannel(messages) }
}

export function texts(...given: (string | ReturnType<typeof aMessage>)[]) {
  return { errorTexts: aChannel(given.map((text) => (typeof text === 'string' ? aMessage(text) : text))) }
}

export interface Row {
  name: string
  facts: Partial<AlertFacts>
  reason: string
  message: string | RegExp
  /** The seconds of the snooze; absent where a person is asked for. */
  seconds?: number
  waitsUntilMs?: number
}

export const ROWS: Row[] = [
  {
    name: 'row 1: an alert without any cluster CRN is for a person',
    facts: { identity: NO_CRN, ...texts(BUSY_TEXT) },
    reason: 'cluster-unidentified',
    message: 'The alert names no cluster: neither its labels nor its text hold a cluster CRN.',
  },
  {
    name: 'row 1: a damaged CRN label is for a person',
    facts: { identity: { kind: 'unidentified', why: 'damaged-crn', seen: ['crn:v1:x'] } },
    reason: 'cluster-unidentified',
    message: 'The CRN label of the alert is not the CRN of a cluster.',
  },
  {
    name: 'row 1: two CRNs that disagree are for a person',
    facts: { identity: { kind: 'unidentified', why: 'contradiction', seen: ['a', 'b'] } },
    reason: 'cluster-unidentified',
    message: 'The alert names more than one cluster, or a damaged one: 2 CRNs disagree.',
  },
  {
    name: 'row 1 goes before the wait for channels that no cluster is known to search for',
    facts: { identity: NO_CRN, errorTexts: unavailable('no cluster'), nowMs: NOW_MS - 9 * MINUTE_MS },
    reason: 'cluster-unidentified',
    message: /names no cluster/,
  },
  {
    name: 'row 2: a failed kms_update is for a person, though the error says busy',
    facts: { ...operations(KMS_FAILED), ...texts(BUSY_TEXT) },
    reason: 'kms-update-failed',
    message:
      'A kms_update master operation of this cluster failed (2026-11-22T11:00:00.000Z) and no later message says that it succeeded.',
  },
  {
    name: 'row 2: kms_update counts in any case and with a space or dash',
    facts: { ...operations('KMS-Update FAILED'), ...texts(BUSY_TEXT) },
    reason: 'kms-update-failed',
    message: /^A kms_update master operation of this cluster failed/,
  },
  {
    name: 'row 2: the failure may come from an unlisted author, in a reply, about more clusters',
    facts: {
      ...operations(aMessage(KMS_FAILED, { isListed: false, isAboutMore: true, ownText: '' })),
      ...texts(BUSY_TEXT),
    },
    reason: 'kms-update-failed',
    message: /^A kms_update master operation/,
  },
  {
    name: 'row 2: a kms_update message that says neither counts as a failure',
    facts: { ...operations('kms_update of the cluster, see ticket'), ...texts(BUSY_TEXT) },
    reason: 'kms-update-failed',
    message: /^A kms_update master operation/,
  },
  {
    name: 'row 2: an earlier success does not settle a later failure',
    facts: { ...operations(KMS_SUCCEEDED, KMS_FAILED), ...texts(BUSY_TEXT) },
    reason: 'kms-update-failed',
    message: /2026-11-22T11:00:00/,
  },
  {
    name: 'row 2: a success at the same moment does not settle the failure',
    facts: { ...operations(aMessage(KMS_FAILED), aMessage(KMS_SUCCEEDED)), ...texts(BUSY_TEXT) },
    reason: 'kms-update-failed',
    message: /^A kms_update master operation/,
  },
  {
    name: 'row 2: a success told by an unlisted author settles nothing',
    facts: { ...operations(KMS_FAILED, aMessage(KMS_SUCCEEDED, { isListed: false })), ...texts(BUSY_TEXT) },
    reason: 'kms-update-failed',
    message: /^A kms_update master operation/,
  },
  {
    name: 'row 2: a success told of several clusters settles nothing',
    facts: { ...operations(KMS_FAILED, aMessage(KMS_SUCCEEDED, { isAboutMore: true })), ...texts(BUSY_TEXT) },
    reason: 'kms-update-failed',
    message: /^A kms_update master operation/,
  },
  {
    name: 'row 2: "not successful" and "succeeded after errors" are no success',
    facts: {
      ...operations(KMS_FAILED, 'kms_update was not successful', 'kms_update completed with errors'),
      ...texts(BUSY_TEXT),
    },
    reason: 'kms-update-failed',
    message: /2026-11-22T11:00:00/,
  },
  {
    name: 'row 2 goes before an unavailable channel: what was found holds',
    facts: { masterOperations: aChannel([aMessage(KMS_FAILED)], { outcome: 'unavailable', why: 'not read' }) },
    reason: 'kms-update-failed',
    message: /^A kms_update master operation/,
  },
  {
    name: 'row 2 does not hold once a listed author says that the operation succeeded',
    facts: { ...operations(KMS_FAILED, KMS_SUCCEEDED), ...texts(BUSY_TEXT) },
    reason: 'busy',
    message: 'The cluster is busy with another KMS action; the event is retried when that one is done.',
    seconds: 7_200,
  },
  {
    name: 'row 2 does not hold for another failed operation outside a migration window',
    facts: { ...operations('master operation patch_update failed'), ...texts(BUSY_TEXT) },
    reason: 'busy',
    message: /^The cluster is busy/,
    seconds: 7_200,
  },
  {
    name: 'row 3: an unreadable error channel is for a person after five minutes',
    facts: { errorTexts: unavailable('the channel is archived') },
    reason: 'evidence-unavailable',
    message: 'Evidence is missing: the channel is archived.',
  },
  {
    name: 'row 3: an unreadable failure channel forbids the snooze of a busy cluster',
    facts: { masterOperations: unavailable('we are no member'), ...texts(BUSY_TEXT) },
    reason: 'evidence-unavailable',
    message: 'Evidence is missing: we are no member.',
  },
  {
    name: 'row 3: both channels are named',
    facts: { errorTexts: unavailable('one'), masterOperations: unavailable('two') },
    reason: 'evidence-unavailable',
    message: 'Evidence is missing: one; two.',
  },
  {
    name: 'row 3 waits inside the first five minutes',
    facts: { errorTexts: unavailable('down'), nowMs: NOW_MS - 4 * MINUTE_MS - 1 },
    reason: 'evidence-unavailable',
    message: 'Evidence is missing: down.',
    waitsUntilMs: NOW_MS - 4 * MINUTE_MS,
  },
  {
    name: 'row 3 waits no longer at five minutes',
    facts: { errorTexts: unavailable('down'), nowMs: NOW_MS - 4 * MINUTE_MS },
    reason: 'evidence-unavailable',
    message: 'Evidence is missing: down.',
  },
  {
    name: 'row 3 waits for the first whole read after a start, though the alert is old',
    facts: {
      errorTexts: unavailable('first read under way', { isCatchingUp: true }),
      waitFromMs: NOW_MS - DAY_MS,
      catchUpUntilMs: NOW_MS + MINUTE_MS,
    },
    reason: 'evidence-unavailable',
    message: 'Evidence is missing: first read under way.',
    waitsUntilMs: NOW_MS + MINUTE_MS,
  },
  {
    name: 'row 3 does not wait for a first read where the other channel has really failed',
    facts: {
      errorTexts: unavailable('first read under way', { isCatchingUp: true }),
      masterOperations: unavailable('revoked'),
      catchUpUntilMs: NOW_MS + MINUTE_MS,
    },
    reason: 'evidence-unavailable',
    message: /under way; revoked/,
  },
  {
    name: 'row 3 waits to the end of the snooze that is judged anew',
    facts: { errorTexts: unavailable('down'), waitUntilMs: NOW_MS + 3 * MINUTE_MS },
    reason: 'evidence-unavailable',
    message: 'Evidence is missing: down.',
    waitsUntilMs: NOW_MS + 3 * MINUTE_MS,
  },
  {
    name: 'row 6: a busy cluster is snoozed for two hours',
    facts: texts(`cluster x: ${BUSY_TEXT}.`),
    reason: 'busy',
    message: 'The cluster is busy with another KMS action; the event is retried when that one is done.',
    seconds: 7_200,
  },
  {
    name: 'row 6: upper case, a missing comma and a line break in it change nothing',
    facts: texts('ERROR COMPLETING REQUEST\nthe cluster is BUSY with another kms action'),
    reason: 'busy',
    message: /^The cluster is busy/,
    seconds: 7_200,
  },
  {
    name: 'row 6 does not hold where the busy text is about another cluster of the message',
    facts: texts(aMessage(`other cluster: ${BUSY_TEXT}`, { ownText: 'this cluster: key is disabled' })),
    reason: 'unrecognised-error',
    message: 'The error text is none that the runbook knows.',
  },
  {
    name: 'row 6 does not hold for half of the text',
    facts: texts('the cluster is busy with another KMS action'),
    reason: 'unrecognised-error',
    message: 'The error text is none that the runbook knows.',
  },
  {
    name: 'row 13: another error text is for a person',
    facts: texts('key is disabled'),
    reason: 'unrecognised-error',
    message: 'The error text is none that the runbook knows.',
  },
  {
    name: 'row 13: one unknown error text among busy ones is for a person',
    facts: texts(BUSY_TEXT, 'key is disabled', BUSY_TEXT),
    reason: 'unrecognised-error',
    message: 'The error text is none that the runbook knows.',
  },
  {
    name: 'row 14: nothing in the channel after five minutes is for a person',
    facts: {},
    reason: 'no-error-text',
    message: 'No error text of this cluster is in #armada-kp-events-alerts.',
  },
  {
    name: 'row 14: an error text of an unlisted author does not count, and is told of',
    facts: texts(aMessage(BUSY_TEXT, { isListed: false })),
    reason: 'no-error-text',
    message:
      'No error text of this cluster from a listed author is in #armada-kp-events-alerts; 1 of others do not count.',
  },
  {
    name: 'row 14 waits inside the first five minutes',
    facts: { nowMs: NOW_MS - 5 * MINUTE_MS },
    reason: 'no-error-text',
    message: 'No error text of this cluster is in #armada-kp-events-alerts.',
    waitsUntilMs: NOW_MS - 4 * MINUTE_MS,
  },
  {
    name: 'row 14 waits to the end of the snooze that is judged anew',
    facts: { waitUntilMs: NOW_MS + 1 },
    reason: 'no-error-text',
    message: /^No error text/,
    waitsUntilMs: NOW_MS + 1,
  },
]
