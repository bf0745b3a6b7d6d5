import { deliver, type FiringAlert, incidentDelay, toDetails, toWebhook } from './alertmanager.ts'
import { differences, effectsOn, type Observation, observe } from './judge.ts'
import { pollUntil } from './poll.ts'
import type { Episode, Scenario } from './scenarios/scenario.ts'
import { openScene, type Scene } from './scene.ts'
import type { Stage } from './stage.ts'

/** Longest wait for one episode's outcome, in ms: the demo's own waits, a restart and a lost answer included. */
const OUTCOME_TIMEOUT_MS = 40_000

export interface Outcome {
  name: string
  title: string
  /** What was not as expected, a sentence each; empty when the outcome is the expected one. */
  faults: string[]
  /** As seen when each episode ended, oldest first. */
  seen: Observation[]
  /** What was done to each of the scenario's incidents by then. */
  effects: { incidentId: string; effects: string[] }[]
  tookMs: number
}

/**
 * Plays a scenario through the responder's real HTTP surface and judges it by what the sandbox committed and the API
 * shows. Never rejects for what the responder does: that is a fault of the outcome.
 * @throws AbortError when the signal says so.
 */
export async function play(scenario: Scenario, stage: Stage, signal: AbortSignal): Promise<Outcome> {
  const startedMs = performance.now()
  const scene = openScene(scenario.name, stage, signal)
  const faults: string[] = []
  const effects = new Map<string, string[]>()
  const seen: Observation[] = []
  let firingSince = new Date()
  for (const episode of [scenario, ...(scenario.next ?? [])]) {
    if (episode.webhook !== 'resolved') firingSince = new Date()
    try {
      await playEpisode(episode, { scene, stage, firingSince })
    } catch (error) {
      signal.throwIfAborted()
      faults.push(error instanceof Error ? error.message : String(error))
    }
    const judged = await judgeEpisode(episode, scene)
    seen.push(judged.seen)
    faults.push(...judged.faults)
    if (judged.seen.incidentId) effects.set(judged.seen.incidentId, judged.seen.effects)
    if (faults.length > 0) break
  }
  return {
    name: scenario.name,
    title: scenario.title,
    faults,
    seen,
    effects: [...effects].map(([incidentId, done]) => ({ incidentId, effects: done })),
    tookMs: Math.round(performance.now() - startedMs),
  }
}

/** What was done to the incidents of ended scenarios since then: nothing may be, so each line is a fault. */
export function lateEffects({ sandbox }: Stage, outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ name, effects }) =>
    effects.flatMap(({ incidentId, effects: then }) => {
      const now = effectsOn(sandbox, incidentId)
      if (now.join() === then.join()) return []
      return [
        `${name}: incident ${incidentId} had ${then.join(', ')} when the scenario ended, has ${now.join(', ')} now`,
      ]
    }),
  )
}

const NOTHING_SEEN: Observation = {
  state: null,
  reasons: [],
  refusals: [],
  effects: [],
  issues: [],
  lastNote: '',
  rings: 0,
  incidentId: null,
  caseUrl: null,
}

interface Setting {
  scene: Scene
  stage: Stage
  firingSince: Date
}

async function playEpisode(episode: Episode, { scene, stage, firingSince }: Setting): Promise<void> {
  const { sandbox, dedupKey, groupKey, signal } = scene
  const { incident = 'follows', deliveries = 1 } = episode
  const webhook = incident === 'alone' ? 'nothing' : (episode.webhook ?? 'firing')
  const alerts = toAlerts(episode, { scene, stage, firingSince })
  const trigger = () =>
    sandbox.pagerduty.trigger({
      dedupKey,
      summary: `[FIRING:${alerts.length}] ArmadaKPEventsProcessingErrors`,
      details: toDetails(alerts),
      severity: 'warning',
    })
  if (incident === 'alone' || (webhook === 'firing' && incident === 'already')) trigger()
  for (const act of episode.given ?? []) await act(scene)
  await sandbox.slack.flush()
  if (webhook !== 'nothing') {
    const body = toWebhook({ groupKey, alerts, status: webhook, truncatedAlerts: episode.truncatedAlerts })
    await Promise.all(Array.from({ length: deliveries }, () => deliver(stage, body, signal)))
  }
  if (webhook === 'resolved') sandbox.pagerduty.resolve(dedupKey)
  if (webhook === 'firing' && incident === 'follows') {
    await incidentDelay(signal)
    trigger()
  }
  for (const act of episode.meanwhile ?? []) await act(scene)
}

function toAlerts({ alerts = [{}] }: Episode, { scene, stage, firingSince }: Setting): FiringAlert[] {
  return alerts.map(({ cluster, description, startsAt, ...given }, index) => ({
    ...given,
    clusterId: scene.clusterId(cluster ?? index),
    description: description?.(scene),
    startsAt: startsAt?.(stage.today) ?? firingSince,
  }))
}

async function judgeEpisode(episode: Episode, scene: Scene): Promise<{ seen: Observation; faults: string[] }> {
  let last = { seen: NOTHING_SEEN, faults: ['the API did not answer'] }
  await pollUntil(
    async () => {
      const seen = await observe(scene)
      const others = (await episode.expect.also?.(scene)) ?? []
      last = { seen, faults: [...differences(episode.expect, seen), ...others] }
      return last.faults.length === 0 ? true : null
    },
    { timeoutMs: OUTCOME_TIMEOUT_MS, signal: scene.signal },
  )
  return last
}
