import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ActionKind, Rail, ReceiptResult } from '../model/plan.ts'
import type { Classification, Reason } from '../model/verdict.ts'
import { createGauges, type GaugeSources } from './gauges.ts'

export type { GaugeSources } from './gauges.ts'

export const UPSTREAMS = [
  'pagerduty',
  'slack',
  'github',
  'etcd',
  'alertmanager',
  'prometheus',
  'logs',
  'iam',
  'key-protect',
  'kubernetes',
  'heartbeat',
  'traces',
] as const
export type Upstream = (typeof UPSTREAMS)[number]

/** Called once per upstream call: the operation's constant name, `ok` or why it failed, and the seconds it took. */
export type CallObserver = (operation: string, outcome: string, seconds: number) => void

export type LookOutcome = 'settled' | 'later' | 'conflict' | 'failed' | 'quarantined'
export type IncidentEventOutcome = 'accepted' | 'copy' | 'own' | 'ignored' | 'quarantined'
export type CircuitState = 'closed' | 'half-open' | 'open'
/** What a synthetic case showed: all well, or the step that does not count as proven; `not-taken` is the pinged one's doing. */
export type HeartbeatOutcome = 'pinged' | 'not-taken' | 'evidence' | 'plan' | 'late' | 'wake-owed' | 'failed'
export type DoorRefusal = 'unauthorized' | 'forbidden' | 'unavailable'

/** What the service counts about itself. No method takes a customer's value: labels are words of ours. */
export interface Metrics {
  readonly contentType: string
  /** All metrics in Prometheus' text format; the gauges are read at this moment. */
  text(): Promise<string>
  /** Sets where the gauges read from. Until then only counters are shown. */
  watch(sources: GaugeSources): void
  countVerdict(classification: Classification, reason: Reason): void
  countAction(action: ActionKind, result: ReceiptResult): void
  countRefusal(action: ActionKind, rail: Rail): void
  callObserver(upstream: Upstream): CallObserver
  countLook(outcome: LookOutcome): void
  countWakeFailure(): void
  /** The socket to Slack was opened, or is lost. */
  countSlackSocket(state: 'open' | 'lost'): void
  /** An event of PagerDuty: `type` is one of the documented words, or `other`. */
  countIncidentEvent(type: string, outcome: IncidentEventOutcome): void
  /** How many firing alerts Alertmanager knows that no open case holds, as the last sweep saw it. */
  setAlertsWithoutCase(count: number): void
  countSweep(outcome: 'done' | 'failed'): void
  /** A request that was turned away at the door, by the route's pattern. */
  countDoorRefusal(route: string, code: DoorRefusal): void
  /** Something could not be written into the audit chain. */
  countAuditFailure(): void
  countHeartbeat(outcome: HeartbeatOutcome): void
  /** Returns what is to be told whether calls to the upstream are held back because it is away. */
  circuitObserver(upstream: Upstream): (state: CircuitState) => void
}

const PREFIX = 'kp_responder_'
/** Seconds: an upstream answers in tens of milliseconds at rest and is given up after 10 s. */
const CALL_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const CIRCUIT_LEVEL: Readonly<Record<CircuitState, number>> = { closed: 0, 'half-open': 1, open: 2 }

/** Metrics with a registry of their own, so that two services in one process (a test, the demo) do not mix. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: PREFIX })
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: `${PREFIX}${name}`, help, labelNames, registers })

  const verdicts = counter('verdicts_total', 'Verdicts given, by classification and reason.', [
    'classification',
    'reason',
  ])
  const actions = counter('actions_total', 'What actions did.', ['action', 'result'])
  const refusals = counter('refusals_total', 'Actions that a rail removed from a plan.', ['action', 'rail'])
  const calls = counter('upstream_calls_total', 'Calls to other systems.', ['upstream', 'operation', 'outcome'])
  const looks = counter('looks_total', 'Looks at cases, by how they ended.', ['outcome'])
  const wakeFailures = counter('wake_failures_total', 'Wakes that no step of the ladder could complete.', [])
  const slackSockets = counter('slack_socket_changes_total', 'How often the socket to Slack was opened and lost.', [
    'state',
  ])
  const doorRefusals = counter('door_refusals_total', 'Requests turned away at the door.', ['route', 'code'])
  const incidentEvents = counter('incident_events_total', 'Events of PagerDuty, by what became of them.', [
    'type',
    'outcome',
  ])
  const sweeps = counter('sweeps_total', 'Sweeps for what never arrived, by how they ended.', ['outcome'])
  const auditFailures = counter('audit_failures_total', 'Writes into the audit chain that failed.', [])
  const heartbeats = counter('heartbeats_total', 'Synthetic cases, by what they showed.', ['outcome'])
  const alertsWithoutCase = new Gauge({
    name: `${PREFIX}alerts_without_case`,
    help: 'Firing alerts that Alertmanager knows and no open case holds, as the last sweep saw it.',
    registers,
  })
  const circuits = new Gauge({
    name: `${PREFIX}upstream_circuit`,
    help: 'Whether calls to an upstream are held back because it is away: 0 no, 1 it is being probed, 2 yes.',
    labelNames: ['upstream'],
    registers,
  })
  const durations = new Histogram({
    name: `${PREFIX}upstream_call_duration_seconds`,
    help: 'Duration of calls to other systems.',
    labelNames: ['upstream', 'operation'],
    buckets: CALL_BUCKETS,
    registers,
  })
  const gauges = createGauges(registry, PREFIX)

  return {
    contentType: registry.contentType,
    async text() {
      await gauges.refresh()
      return registry.metrics()
    },
    watch: gauges.watch,
    countVerdict: (classification, reason) => verdicts.inc({ classification, reason }),
    countAction: (action, result) => actions.inc({ action, result }),
    countRefusal: (action, rail) => refusals.inc({ action, rail }),
    callObserver: (upstream) => (operation, outcome, seconds) => {
      calls.inc({ upstream, operation, outcome })
      durations.observe({ upstream, operation }, seconds)
    },
    countLook: (outcome) => looks.inc({ outcome }),
    countWakeFailure: () => wakeFailures.inc(),
    countSlackSocket: (state) => slackSockets.inc({ state }),
    countIncidentEvent: (type, outcome) => incidentEvents.inc({ type, outcome }),
    setAlertsWithoutCase: (count) => alertsWithoutCase.set(count),
    countAuditFailure: () => auditFailures.inc(),
    countHeartbeat: (outcome) => heartbeats.inc({ outcome }),
    countSweep: (outcome) => sweeps.inc({ outcome }),
    circuitObserver: (upstream) => (state) => circuits.set({ upstream }, CIRCUIT_LEVEL[state]),
    countDoorRefusal: (route, code) => doorRefusals.inc({ route, code }),
  }
}
