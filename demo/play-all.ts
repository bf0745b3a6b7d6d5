import { type Outcome, play } from './play.ts'
import type { Scenario } from './scenarios/scenario.ts'
import type { Stage } from './stage.ts'

/** Scenarios under way at once. They wait most of the time, and what they start must stay less than a storm. */
const LANES = 6

export interface Audience {
  started?: (scenario: Scenario) => void
  ended?: (outcome: Outcome) => void
}

/**
 * Plays the scenarios, several at a time, then those that must be alone, one by one in their order. Returns the outcomes
 * as they ended.
 * @throws AbortError when the signal says so.
 */
export async function playAll(
  scenarios: readonly Scenario[],
  { stage, signal, audience = {} }: { stage: Stage; signal: AbortSignal; audience?: Audience },
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  async function playNext(queue: Scenario[]): Promise<void> {
    for (let scenario = queue.shift(); scenario; scenario = queue.shift()) {
      signal.throwIfAborted()
      audience.started?.(scenario)
      const outcome = await play(scenario, stage, signal)
      outcomes.push(outcome)
      audience.ended?.(outcome)
    }
  }
  const together = scenarios.filter(({ isAlone }) => isAlone !== true)
  await Promise.all(Array.from({ length: LANES }, () => playNext(together)))
  await playNext(scenarios.filter(({ isAlone }) => isAlone === true))
  return outcomes
}
