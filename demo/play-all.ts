import { lateEffects, type Outcome, play } from './play.ts'
import type { Scenario } from './scenarios/scenario.ts'
import type { Stage } from './stage.ts'

/** Scenarios under way at once. They wait most of the time, and what they start must stay less than a storm. */
const LANES = 6

export interface Audience {
  started?: (scenario: Scenario) => void
  ended?: (outcome: Outcome) => void
}

export interface Played {
  /** As they ended. */
  outcomes: Outcome[]
  /** What was done to incidents after their scenarios had ended, a sentence each. */
  late: string[]
}

/**
 * Plays the scenarios several at a time, and those that must be alone one by one before or after that. What is done late
 * is looked for before the outages: they take away what earlier verdicts rest on, so these may be judged anew.
 * @throws AbortError when the signal says so.
 */
export async function playAll(
  scenarios: readonly Scenario[],
  { stage, signal, audience = {} }: { stage: Stage; signal: AbortSignal; audience?: Audience },
): Promise<Played> {
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
  await playNext(scenarios.filter(({ alone }) => alone === 'first'))
  const together = scenarios.filter(({ alone }) => alone === undefined)
  await Promise.all(Array.from({ length: LANES }, () => playNext(together)))
  await playNext(scenarios.filter(({ alone }) => alone === 'last'))
  const late = lateEffects(stage, outcomes)
  await playNext(scenarios.filter(({ alone }) => alone === 'outage'))
  return { outcomes, late }
}
