import type { CaseState } from '../../src/model/case.ts'
import type { Rail } from '../../src/model/plan.ts'
import type { Reason } from '../../src/model/verdict.ts'
import type { Labels } from '../alertmanager.ts'
import type { ClusterName, Scene } from '../scene.ts'

/** Something that happens to the sandbox or the responder. */
export type Act = (scene: Scene) => void | Promise<void>

/** What the responder does to an incident, in the words of the sandbox's ledger. A snooze of 1 s is a wake. */
export type ExpectedEffect = 'acknowledge' | 'snooze 7200' | 'snooze 43200' | 'snooze 1' | 'note' | SnoozeRest

/** A snooze that was begun earlier and sent again: what is left of it, since its end stands. */
export type SnoozeRest = 'snooze (rest of 7200)'

/** One alert of a group; what it leaves out is a plain one's. */
export interface AlertSpec {
  /** Default: the alert's place in its group. */
  cluster?: ClusterName | undefined
  region?: string | undefined
  accountId?: string | undefined
  labels?: Labels | undefined
  /** The text that Prometheus puts beside the labels. */
  description?: ((scene: Scene) => string) | undefined
  /** Default: when the episode was played. `today` is midnight UTC of the stage's day. */
  startsAt?: ((today: Date) => Date) | undefined
}

export interface Expectation {
  /** Null where there is no case. */
  state: CaseState | null
  /** The reasons of the alerts that fire or fired, each once, in any order. */
  reasons: readonly Reason[]
  /** Rails that keep the snooze away. Default: none. */
  refusals?: readonly Rail[] | undefined
  /** All that the responder did to the newest incident, in order, no more and no less. */
  effects: readonly ExpectedEffect[]
  /** How often the newest incident rang somebody. Default 1. */
  rings?: number | undefined
  /** The issues about the scenario's clusters, such as `open, 1 comment`. Default: none. */
  issues?: readonly string[] | undefined
  /** What the last note must say. */
  noteIncludes?: readonly string[] | undefined
  /** Whatever else must be so: a sentence for each thing that is not. */
  also?: ((scene: Scene) => string[] | Promise<string[]>) | undefined
}

/** One thing that comes in, and the outcome it must have. */
export interface Episode {
  /** Before the webhook comes. An incident that is `already` there can be acted on. */
  given?: readonly Act[] | undefined
  /** The alerts of the group. Default: one plain alert. */
  alerts?: readonly AlertSpec[] | undefined
  /** Alerts that Alertmanager's message leaves out. Default 0. */
  truncatedAlerts?: number | undefined
  /** `resolved` tells the end of the alerts, to PagerDuty too; `nothing` sends nothing. Default `firing`. */
  webhook?: 'firing' | 'resolved' | 'nothing' | undefined
  /** How often the webhook is delivered at once. Default 1. */
  deliveries?: number | undefined
  /** When PagerDuty has the incident: a moment after the webhook (default), before, without any webhook, or not at all. */
  incident?: 'follows' | 'already' | 'alone' | 'none' | undefined
  /** After the webhook was accepted. */
  meanwhile?: readonly Act[] | undefined
  expect: Expectation
}

/** One branch of the runbook or one fault, on a cluster of its own. */
export interface Scenario extends Episode {
  /** Unique, kebab-case. */
  name: string
  /** What came in, for people. */
  title: string
  /**
   * It touches what others share: played before or after them, with nothing else under way. An outage takes away what the
   * verdicts of others rest on: played at the very end.
   */
  alone?: 'first' | 'last' | 'outage' | undefined
  /** What happens afterwards to the same alert group. */
  next?: readonly Episode[] | undefined
}
