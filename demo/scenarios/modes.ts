import { operatorAsks, setsMode } from './acts.ts'
import { SNOOZED } from './quieted.ts'
import type { Expectation, Scenario } from './scenario.ts'
import { BUSY, errorText } from './slack-acts.ts'
import { presses } from './slack-people.ts'

/** Asked in Slack, and nothing is done meanwhile: the page rings. */
const OFFERED: Expectation = { state: 'snoozed', reasons: ['busy'], refusals: ['awaiting-approval'], effects: [] }

/** What an operator sets for the whole responder. Each scenario sets it back. */
export const MODES: readonly Scenario[] = [
  {
    name: 'paused',
    title: 'busy, but the responder is paused; it goes on later',
    alone: 'last',
    given: [setsMode({ paused: true }), errorText(BUSY)],
    expect: { state: 'waiting', reasons: ['busy'], refusals: ['paused'], effects: [] },
    next: [{ webhook: 'nothing', given: [setsMode({ paused: false })], expect: SNOOZED }],
  },
  {
    name: 'woken-while-paused',
    title: 'busy; paused while snoozed, an operator can still wake it',
    alone: 'last',
    given: [errorText(BUSY)],
    expect: SNOOZED,
    next: [
      {
        webhook: 'nothing',
        given: [setsMode({ paused: true }), operatorAsks('wake')],
        expect: { state: 'handed-over', reasons: ['busy'], effects: [...SNOOZED.effects, 'snooze 1'], rings: 2 },
      },
      {
        webhook: 'nothing',
        given: [setsMode({ paused: false })],
        expect: { state: 'handed-over', reasons: ['busy'], effects: [...SNOOZED.effects, 'snooze 1'], rings: 2 },
      },
    ],
  },
  {
    name: 'shadow',
    title: 'busy, in shadow: decided, and nothing written',
    alone: 'last',
    given: [setsMode({ mode: 'shadow' }), errorText(BUSY)],
    expect: { state: 'snoozed', reasons: ['busy'], refusals: ['shadow'], effects: [] },
    next: [
      {
        webhook: 'resolved',
        expect: { state: 'resolved', reasons: ['busy'], effects: [] },
      },
      {
        webhook: 'nothing',
        given: [setsMode({ mode: 'live' })],
        expect: { state: 'resolved', reasons: ['busy'], effects: [] },
      },
    ],
  },
  {
    name: 'approved',
    title: 'busy, in approve mode: offered in Slack, refused to a stranger, done once for whom policy names',
    alone: 'last',
    given: [setsMode({ mode: 'approve' }), errorText(BUSY)],
    expect: OFFERED,
    next: [
      {
        webhook: 'nothing',
        given: [presses('approve', 'stranger', /^refused: you are not among those who may/)],
        expect: OFFERED,
      },
      { webhook: 'nothing', given: [presses('approve', 'engineer', /^Approved:/)], expect: SNOOZED },
      { webhook: 'nothing', given: [setsMode({ mode: 'live' })], expect: SNOOZED },
    ],
  },
  {
    name: 'not-now',
    title: 'busy, in approve mode: somebody says not now, and the page stays with people',
    alone: 'last',
    given: [setsMode({ mode: 'approve' }), errorText(BUSY)],
    expect: OFFERED,
    next: [
      {
        webhook: 'nothing',
        given: [presses('not-now', 'stranger', /^Not now/)],
        expect: { ...OFFERED, state: 'handed-over' },
      },
      {
        webhook: 'resolved',
        given: [setsMode({ mode: 'live' })],
        expect: { state: 'resolved', reasons: ['busy'], effects: [] },
      },
    ],
  },
]
