import { killOnSnooze, mergeWindowPasses, slackReturns, slackStops } from './acts.ts'
import { SNOOZED } from './quieted.ts'
import type { Scenario } from './scenario.ts'
import { BUSY, errorText } from './slack-acts.ts'

/** Things that break on the way. The one without Slack is last: the channels have to be read again after it. */
export const FAULTS: readonly Scenario[] = [
  {
    name: 'killed-before-snooze',
    title: 'busy; the responder is killed after its acknowledgement, before PagerDuty took the snooze',
    alone: 'last',
    given: [errorText(BUSY), killOnSnooze('lost')],
    expect: { ...SNOOZED, effects: ['acknowledge', 'snooze (rest of 7200)', 'note'] },
  },
  {
    name: 'killed-before-last-snooze',
    title: 'busy for the second time; the responder is killed before PagerDuty took the last snooze of the budget',
    alone: 'last',
    given: [errorText(BUSY)],
    expect: SNOOZED,
    next: [
      { webhook: 'resolved', expect: { ...SNOOZED, state: 'resolved' } },
      {
        given: [mergeWindowPasses, errorText(BUSY), killOnSnooze('lost')],
        expect: {
          ...SNOOZED,
          effects: ['acknowledge', 'snooze (rest of 7200)', 'note'],
          noteIncludes: ['snooze 2 of 2'],
        },
      },
    ],
  },
  {
    name: 'killed-after-snooze',
    title: 'busy; the responder is killed after PagerDuty took the snooze, before it knew',
    alone: 'last',
    given: [errorText(BUSY), killOnSnooze('done')],
    expect: SNOOZED,
  },
  {
    name: 'slack-stopped',
    title: 'busy, but Slack does not answer; it does again later',
    alone: 'outage',
    given: [slackStops, errorText(BUSY)],
    expect: {
      state: 'handed-over',
      reasons: ['evidence-unavailable'],
      effects: ['note'],
      noteIncludes: ['#armada-kp-events-alerts', '#armada-deploy-failure', 'could not be read'],
    },
    next: [
      {
        // Nobody took the incident meanwhile, so the evidence that is there now is acted on.
        webhook: 'nothing',
        given: [slackReturns],
        expect: { ...SNOOZED, effects: ['note', ...SNOOZED.effects] },
      },
    ],
  },
]
