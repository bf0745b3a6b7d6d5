import { setTimeout as delay } from 'node:timers/promises'
import { toDetails, toWebhook } from '../../demo/alertmanager.ts'
import type { World } from '../crash/world.ts'
import type { Fleet } from './fleet.ts'
import { type Group, sayErrors } from './groups.ts'

/** Alertmanager's back-off while a receiver is away or answers 5xx, in ms. Source: measured on 0.25, 7 attempts in 7 s. */
const BACK_OFF_MS = [500, 500, 900, 1_300, 1_300, 2_500, 5_000]
/** Its answer that it never repeats. */
const isFinal = (status: number): boolean => status >= 200 && status < 500

/** What Alertmanager, PagerDuty and Slack do about the groups of a run. */
export interface Load {
  /** Resolves when every group has been told of and taken. */
  done: Promise<void>
  /** How many groups have begun. */
  begun: () => number
  /** Those whose first webhook was taken. */
  told: () => readonly Group[]
  /** Tells again of what still fires, as Alertmanager does every `repeat_interval`. */
  repeat: () => Promise<void>
  /** Statuses that are neither 202 nor a reason to try again. */
  refused: readonly number[]
}

export function startLoad(
  groups: readonly Group[],
  { world, fleet, signal }: { world: World; fleet: Fleet; signal: AbortSignal },
): Load {
  const refused: number[] = []
  const told: Group[] = []
  let begun = 0

  async function tell(group: Group, status: 'firing' | 'resolved'): Promise<void> {
    const body = JSON.stringify(toWebhook({ groupKey: group.groupKey, alerts: group.alerts, status }))
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const answered = await fleet.postWebhook(body)
      if (isFinal(answered)) {
        if (answered !== 202) refused.push(answered)
        return
      }
      await delay(BACK_OFF_MS[Math.min(attempt, BACK_OFF_MS.length - 1)] ?? 0, undefined, { signal })
    }
  }

  function openIncident(group: Group): void {
    world.sandbox.pagerduty.trigger({
      dedupKey: group.dedupKey,
      summary: `[FIRING:${group.alerts.length}] ArmadaKPEventsProcessingErrors`,
      details: toDetails(group.alerts),
    })
  }

  async function play(group: Group): Promise<void> {
    await delay(group.atMs, undefined, { signal })
    begun += 1
    sayErrors(world, group)
    if (group.incidentAfterMs < 0) {
      openIncident(group)
      await delay(-group.incidentAfterMs, undefined, { signal })
    }
    const incident =
      group.incidentAfterMs < 0
        ? null
        : delay(group.incidentAfterMs, undefined, { signal }).then(() => openIncident(group))
    await Promise.all([incident, tell(group, 'firing'), group.isToldTwice ? tell(group, 'firing') : null])
    told.push(group)
    if (group.resolvesAfterMs === null) return
    await delay(group.resolvesAfterMs, undefined, { signal })
    world.sandbox.pagerduty.resolve(group.dedupKey)
    await tell(group, 'resolved')
  }

  return {
    done: Promise.all(groups.map(play)).then(() => undefined),
    begun: () => begun,
    told: () => told,
    async repeat() {
      // One after the other: a repetition is no burst.
      for (const group of groups) await tell(group, group.resolvesAfterMs === null ? 'firing' : 'resolved')
    },
    refused,
  }
}
