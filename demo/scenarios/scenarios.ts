import { FAULTS } from './faults.ts'
import { LEFT_RINGING } from './left-ringing.ts'
import { QUIETED } from './quieted.ts'
import type { Scenario } from './scenario.ts'

/** Every scenario, in the order in which they are played. */
export const SCENARIOS: readonly Scenario[] = [...QUIETED, ...LEFT_RINGING, ...FAULTS]
