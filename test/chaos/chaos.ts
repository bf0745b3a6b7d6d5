import { setTimeout as delay } from 'node:timers/promises'
import { openWorld, type World } from '../crash/world.ts'
import { type Damage, disturb, kill } from './disturb.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { groupsOf, sayBefore } from './groups.ts'
import { historiesOf } from './history.ts'
import { type Judgement, judge } from './judge.ts'
import { startLoad } from './load.ts'
import type { ChaosOptions } from './options.ts'
import { randomOf } from './random.ts'
import { settle } from './settle.ts'

export interface ChaosResult extends Judgement {
  options: ChaosOptions
  groups: number
  damage: Damage
  /** Statuses of webhooks that were refused for good. */
  refused: readonly number[]
  /** From the last kill to the last effect that was owed, in ms. */
  settledAfterMs: number
  tookMs: number
  /** What became of the first groups that are not as they must be, by time. */
  histories: string[]
  /** The last of what the responders printed, where something is not as it must be. */
  outputs: string[]
}

/**
 * Waits are short where only time would pass, and nothing stops what comes from many clusters at once: no storm, no budget
 * of an hour. What a verdict waits for is waited for long, since a process that dies every few seconds reads slowly.
 */
const POLICY = {
  windows: { probe: '1s', sweep: '6s', evidenceRetry: '1h', waitForErrorText: '1h', incidentLookup: '1h' },
  budgets: { snoozesPerHour: 1_000_000, issuesPerHour: 1_000_000 },
  storm: { clusters: 1_000_000, perRegion: 1_000_000 },
}

/** One run: load, kills, settling, judgement. Nothing is left behind. `say` is told how it goes. */
export async function runChaos(options: ChaosOptions, say: (line: string) => void): Promise<ChaosResult> {
  const startedMs = performance.now()
  const random = randomOf(options.seed)
  const groups = groupsOf({ ...options, spanMs: options.kills * options.killEveryMs }, random.fork(1))
  const world = await openWorld({ store: options.store, policy: POLICY })
  const ending = new AbortController()
  const { signal } = ending
  let fleet: Fleet | null = null
  try {
    for (const group of groups) sayBefore(world, group)
    fleet = await startFleet(world, { replicas: options.replicas, root: options.root, random: random.fork(2) })
    await fleet.ready()
    say(
      `${options.store} x ${options.replicas}: ${groups.length} groups, ${options.alerts} alerts, seed ${options.seed}`,
    )
    const damage: Damage = { responderKills: 0, redisKills: 0, tailCuts: 0, faults: 0 }
    const load = startLoad(groups, { world, fleet, signal })
    const judged = () => judge(groups.slice(), world.sandbox.ledger.entries(), (key) => incidentsOf(world, key))
    const faulting = new AbortController()
    if (options.hasFaults) void disturb({ world, random: random.fork(3), signal: faulting.signal, damage })
    const operating = operate(world, fleet, signal)
    const progress = () => {
      const { lost, duplicated, forbidden } = judge(load.told(), world.sandbox.ledger.entries(), (key) =>
        incidentsOf(world, key),
      )
      return `${dealt(damage)} of ${options.kills} kills, ${load.begun()} of ${groups.length} groups begun, ${lost.length} effects owed, ${duplicated.length} duplicated, ${forbidden.length} forbidden`
    }
    const loading = new AbortController()
    const told = tellProgress(progress, { say, signal: AbortSignal.any([signal, loading.signal]) })
    await Promise.all([kill(options, { world, fleet, random: random.fork(4), signal, damage }), load.done])
    faulting.abort()
    loading.abort()
    world.sandbox.faults.clear()
    await fleet.ready()
    const issues = groups.filter(({ kind }) => kind === 'orphan').length
    const settledAfterMs = await settle({
      judged,
      world,
      options,
      groups: groups.length,
      issues,
      say,
      repeat: load.repeat,
    })
    const judgement = judged()
    ending.abort()
    await Promise.allSettled([operating, told])
    const findings = [...judgement.duplicated, ...judgement.forbidden, ...judgement.lost]
    const isWell = findings.length === 0
    const histories = await historiesOf(findings, {
      groups,
      ledger: world.sandbox.ledger.entries(),
      incidentsOf: (key) => incidentsOf(world, key),
      caseOf: fleet.caseOf,
    })
    const tookMs = Math.round(performance.now() - startedMs)
    const outputs = isWell ? [] : fleet.outputs()
    return {
      ...judgement,
      options,
      groups: groups.length,
      damage,
      refused: load.refused,
      settledAfterMs,
      tookMs,
      histories,
      outputs,
    }
  } finally {
    ending.abort()
    await fleet?.stop()
    await world.close()
  }
}

/** Does what people do meanwhile: sets the mode again where a store that went back has frozen it. */
async function operate(world: World, fleet: Fleet, signal: AbortSignal): Promise<void> {
  if (!world.redis) return
  while (!signal.aborted) {
    await delay(3_000, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) await fleet.thaw()
  }
}

async function tellProgress(
  what: () => string,
  { say, signal }: { say: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await delay(15_000, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) say(what())
  }
}

function incidentsOf({ sandbox }: World, dedupKey: string): string[] {
  const incident = sandbox.pagerduty.byKey(dedupKey)
  return incident ? [incident.id] : []
}

function dealt({ responderKills, redisKills }: Damage): number {
  return responderKills + redisKills
}
