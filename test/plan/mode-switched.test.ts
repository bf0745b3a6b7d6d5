import { describe, expect, test } from '@jest/globals'
import { planCase } from '../../src/plan/plan-case.ts'
import { aSnooze, MINUTE_MS, NOW_MS } from '../support/builders.ts'
import { OURS, situated, snoozed } from './situations.ts'

describe('a mode that was switched', () => {
  test.each([
    ['paused', { paused: true }],
    ['shadow', { mode: 'shadow' as const }],
    ['approve', { mode: 'approve' as const }],
  ])('gives back the page of an incident that we hold: %s', (_name, change) => {
    const { plan, state } = planCase(situated({}, { incident: OURS, heldSinceMs: NOW_MS - 5_000, ...change }))
    expect({ state, actions: plan.actions.map(({ action }) => action) }).toEqual({
      state: 'handed-over',
      actions: ['wake', 'note', 'slack'],
    })
  })

  test('to live makes a snooze that was only decided', () => {
    const subject = {
      snooze: aSnooze({ isReal: false, fromMs: NOW_MS - MINUTE_MS, untilMs: NOW_MS + 119 * MINUTE_MS }),
    }
    const { plan } = planCase(snoozed(subject))
    expect(plan.actions.find(({ action }) => action === 'snooze')).toMatchObject({ permit: {} })
  })
})
