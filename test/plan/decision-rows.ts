import { expect, test } from '@jest/globals'
import type { Action } from '../../src/model/plan.ts'
import { type Decision, planCase } from '../../src/plan/plan-case.ts'
import type { Situation } from '../../src/plan/situation.ts'

/** One situation and what is to be done in it. */
export interface Row {
  name: string
  situation: Situation
  state: Decision['state']
  headline: string | RegExp
  actions: Action['action'][]
  rails?: string[]
  nextLookMs?: number | null
}

/** A test for each row. */
export function testDecisions(rows: readonly Row[]): void {
  test.each(rows)('$name', ({ situation, state, headline, actions, rails = [], nextLookMs }) => {
    const decision = planCase(situation)
    if (typeof headline === 'string') expect(decision.plan.headline).toBe(headline)
    else expect(decision.plan.headline).toMatch(headline)
    expect({ state: decision.state, actions: decision.plan.actions.map(({ action }) => action) }).toEqual({
      state,
      actions,
    })
    expect(decision.plan.refusals.map(({ rail }) => rail)).toEqual(rails)
    if (nextLookMs !== undefined) expect(decision.nextLookMs).toBe(nextLookMs)
  })
}
