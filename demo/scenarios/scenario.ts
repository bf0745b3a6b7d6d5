import type { CaseState } from '../../src/model/case.ts'
import type { Rail } from '../../src/model/plan.ts'
import type { Reason } from '../../src/model/verdict.ts'
import type { Labels } from '../alertmanager.ts'
import type { Scene } from '../scene.ts'

/** Something that happens to the sandbox or the responder. */
export type Act = (scene: Scene) => void | Promise<void>

/** What the responder does to an incident, in the words of the sandbox's ledger. */
export type ExpectedEffect = 'acknowledge' | 'snooze 7200' | 'snooze 43200' | 'note' | SnoozeRest

/** A snooze that was begun earlier and sent again: what is left of it, since its end stands. */
export type SnoozeRest = 'snooze (rest of 7200)'

export interface Expectation {
  state: CaseState
  /** The reasons of the alerts that fire or fired, each once, in any order. */
  reasons: readonly Reason[]
  /** Rails that keep the snooze away. Default: none. */
  refusals?: readonly Rail[]
  /** All that the responder did to the newest incident, in order, no more and no less. */
  effects: readonly ExpectedEffect[]
  /** What the last note must say. */
  noteIncludes?: readonly string[]
}

/** One thing that comes in, and the outcome it must have. */
export interface Episode {
  /** Before the webhook comes. An incident that is `already` there can be acted on. */
  given?: readonly Act[]
  /** One entry of labels for each alert of the group. Default: one plain alert. */
  alerts?: readonly Labels[]
  /** `resolved` tells the end of the alerts, to PagerDuty too; `nothing` sends nothing. Default `firing`. */
  webhook?: 'firing' | 'resolved' | 'nothing'
  /** How often the webhook is delivered at once. Default 1. */
  deliveries?: number
  /** When PagerDuty has the incident: a moment after the webhook (default) or before. */
  incident?: 'follows' | 'already'
  /** After the webhook was accepted. */
  meanwhile?: readonly Act[]
  expect: Expectation
}

/** One branch of the runbook or one fault, on a cluster of its own. */
export interface Scenario extends Episode {
  /** Unique, kebab-case. */
  name: string
  /** What came in, for people. */
  title: string
  /** What happens afterwards to the same alert group. */
  next?: readonly Episode[]
}
