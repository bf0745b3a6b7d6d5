import { Counter, Gauge, type Registry } from 'prom-client'
import { CASE_STATES, type CaseState } from '../model/case.ts'

/** Where the gauges read from at each scrape. Telemetry lies below the store, so it is told by shape. */
export interface GaugeSources {
  /** In alerts; `oldestPendingMs` is when the oldest pending one was received, ms since the epoch. */
  books(): Promise<{
    accepted: number
    done: number
    pending: number
    quarantined: number
    oldestPendingMs: number | null
  }>
  casesByState(): Promise<Record<CaseState, number>>
  mode(): Promise<{ mode: string; paused: boolean; frozenWhy?: string }>
  /** `watermarkMs`: up to when the channel was read completely, or null while never. */
  slackChannels(): readonly { name: string; watermarkMs: number | null }[]
  /** When the next group is due, ms since the epoch, or null; one that is being looked at is not due. */
  nextDueMs(): Promise<number | null>
  /** When the last ping was taken, ms since the epoch, or null while none was. Left out where nobody is pinged. */
  heartbeatMs?: () => Promise<number | null>
  /** The policy in force, and whether its file is refused or says more than is in force. */
  policy(): { hash: string; faults: readonly string[]; needsRestart: readonly string[] }
  now(): number
}

export interface Gauges {
  watch(sources: GaugeSources): void
  /** Reads every source once. One that fails leaves its gauges out and is counted, so a scrape never fails for it. */
  refresh(): Promise<void>
}

/** A look that a dead process left is due from the beginning of time: it is shown as this late, in seconds. */
const LATEST_SECONDS = 86_400
const MODES = ['shadow', 'approve', 'live'] as const

/** The gauges, in the registry. */
export function createGauges(registry: Registry, prefix: string): Gauges {
  const registers = [registry]
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge({ name: `${prefix}${name}`, help, labelNames, registers })

  const books = {
    accepted: gauge('alerts_accepted', 'Alerts accepted since the store began: always done + pending + quarantined.'),
    done: gauge('alerts_done', 'Alerts that a case has settled.'),
    pending: gauge('alerts_pending', 'Alerts accepted and not settled yet.'),
    quarantined: gauge('alerts_quarantined', 'Alerts set aside because they could not be read or handled.'),
  }
  const oldestPending = gauge('oldest_pending_seconds', 'Age of the oldest pending alert, 0 when there is none.')
  const lookOverdue = gauge('look_overdue_seconds', 'How long the look that is due first has been due, 0 when none is.')
  const heartbeatAge = gauge('heartbeat_age_seconds', 'Time since the last ping that was taken; +Inf while none was.')
  const policyInfo = gauge('policy_info', '1 for the policy in force, by the hash of its text.', ['hash'])
  const policyRefused = gauge(
    'policy_reload_failed',
    '1 while the policy file is refused and the one before is in force.',
  )
  const policyRestart = gauge('policy_restart_needed', '1 while a part of the policy file waits for a restart.')
  const cases = gauge('cases', 'Cases by state.', ['state'])
  const mode = gauge('mode', '1 for the mode in force.', ['mode'])
  const paused = gauge('paused', '1 while paused.')
  const frozen = gauge('frozen', '1 while acting is frozen because the store may have lost records.')
  const watermarkAge = gauge(
    'slack_watermark_age_seconds',
    'Time since which a channel is not known completely; +Inf while it never was.',
    ['channel'],
  )
  const failures = new Counter({
    name: `${prefix}gauge_failures_total`,
    help: 'Gauges that could not be read.',
    registers,
  })
  let sources: GaugeSources | null = null

  async function refreshBooks(from: GaugeSources): Promise<void> {
    const read = await from.books()
    books.accepted.set(read.accepted)
    books.done.set(read.done)
    books.pending.set(read.pending)
    books.quarantined.set(read.quarantined)
    oldestPending.set(read.oldestPendingMs === null ? 0 : Math.max(0, from.now() - read.oldestPendingMs) / 1_000)
  }

  async function refreshDue(from: GaugeSources): Promise<void> {
    const dueMs = await from.nextDueMs()
    const seconds = dueMs === null ? 0 : Math.max(0, from.now() - dueMs) / 1_000
    lookOverdue.set(Math.min(LATEST_SECONDS, seconds))
  }

  async function refreshHeartbeat({ heartbeatMs, now }: GaugeSources): Promise<void> {
    if (!heartbeatMs) return
    const atMs = await heartbeatMs()
    heartbeatAge.set(atMs === null ? Number.POSITIVE_INFINITY : Math.max(0, now() - atMs) / 1_000)
  }

  async function refreshPolicy(from: GaugeSources): Promise<void> {
    const { hash, faults, needsRestart } = from.policy()
    policyInfo.set({ hash }, 1)
    policyRefused.set(faults.length > 0 ? 1 : 0)
    policyRestart.set(needsRestart.length > 0 ? 1 : 0)
  }

  async function refreshCases(from: GaugeSources): Promise<void> {
    const counts = await from.casesByState()
    for (const state of CASE_STATES) cases.set({ state }, counts[state])
  }

  async function refreshMode(from: GaugeSources): Promise<void> {
    const setting = await from.mode()
    for (const known of MODES) mode.set({ mode: known }, known === setting.mode ? 1 : 0)
    paused.set(setting.paused ? 1 : 0)
    frozen.set(setting.frozenWhy === undefined ? 0 : 1)
  }

  async function refreshChannels(from: GaugeSources): Promise<void> {
    for (const { name, watermarkMs } of from.slackChannels()) {
      const ageMs = watermarkMs === null ? Number.POSITIVE_INFINITY : Math.max(0, from.now() - watermarkMs)
      watermarkAge.set({ channel: name }, ageMs / 1_000)
    }
  }

  return {
    watch: (from) => {
      sources = from
    },
    async refresh() {
      // A gauge that can't be read now must not go on showing what it was.
      const singles = [...Object.values(books), oldestPending, lookOverdue, heartbeatAge, paused, frozen]
      for (const single of singles) single.remove()
      for (const labelled of [cases, mode, watermarkAge, policyInfo]) labelled.reset()
      if (sources === null) return
      const from = sources
      const refreshes = [
        refreshBooks,
        refreshDue,
        refreshHeartbeat,
        refreshCases,
        refreshMode,
        refreshChannels,
        refreshPolicy,
      ]
      for (const result of await Promise.allSettled(refreshes.map((refresh) => refresh(from))))
        if (result.status === 'rejected') failures.inc()
    },
  }
}
