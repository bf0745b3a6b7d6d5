import { operatorAsks, setsMode } from './acts.ts'
import { SNOOZED } from './quieted.ts'
import type { Scenario } from './scenario.ts'
import { BUSY, errorText } from './slack-acts.ts'

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
]
