import { mergeWindowPasses, untilGathering } from './acts.ts'
import type { Episode, Expectation, Scenario } from './scenario.ts'
import { BUSY, errorText, masterOperation } from './slack-acts.ts'

/** The outcome of runbook step 5: quiet for two hours, and said so once. */
export const SNOOZED: Expectation = {
  state: 'snoozed',
  reasons: ['busy'],
  effects: ['acknowledge', 'snooze 7200', 'note'],
  noteIncludes: ['Snoozed 2 h'],
}

const RESOLVED: Episode = { webhook: 'resolved', expect: { ...SNOOZED, state: 'resolved' } }

/** Alerts whose page is quieted. */
export const QUIETED: readonly Scenario[] = [
  {
    name: 'busy',
    title: 'the error text says that the cluster is busy with another KMS action',
    given: [errorText(BUSY)],
    expect: SNOOZED,
  },
  {
    name: 'kms-update-succeeded-later',
    title: 'busy; a kms_update of the cluster failed, and succeeded after that',
    given: [
      masterOperation('kms_update failed: timed out', { secondsAgo: 3_600 }),
      masterOperation('kms_update succeeded', { secondsAgo: 1_800 }),
      errorText(BUSY),
    ],
    expect: SNOOZED,
  },
  {
    name: 'attachment-only',
    title: 'busy; the error text stands in an attachment only',
    given: [errorText(BUSY, { shape: 'attachment' })],
    expect: SNOOZED,
  },
  {
    name: 'late-error-text',
    title: 'busy; the error text comes after the alert',
    meanwhile: [untilGathering, errorText(BUSY)],
    expect: SNOOZED,
  },
  {
    name: 'duplicates',
    title: 'busy; the webhook comes 20 times at once',
    given: [errorText(BUSY)],
    deliveries: 20,
    expect: SNOOZED,
  },
  {
    name: 'resolved-after-snooze',
    title: 'busy; the alert resolves while snoozed',
    given: [errorText(BUSY)],
    expect: SNOOZED,
    next: [RESOLVED],
  },
  {
    name: 'comes-back-at-once',
    title: 'busy; the alert resolves while snoozed, and fires again within the merge window',
    given: [errorText(BUSY)],
    expect: SNOOZED,
    next: [RESOLVED, { given: [errorText(BUSY)], expect: SNOOZED }],
  },
  {
    name: 'budget-spent',
    title: 'busy; the cluster comes back a third time within 24 h',
    given: [errorText(BUSY)],
    expect: SNOOZED,
    next: [
      RESOLVED,
      { given: [mergeWindowPasses, errorText(BUSY)], expect: SNOOZED },
      RESOLVED,
      {
        given: [mergeWindowPasses, errorText(BUSY)],
        expect: {
          state: 'handed-over',
          reasons: ['busy'],
          refusals: ['snooze-budget'],
          effects: ['note'],
          noteIncludes: ['snooze-budget'],
        },
      },
    ],
  },
]
