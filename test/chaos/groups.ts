import { clusterIdOf, type FiringAlert, groupKeyOf } from '../../demo/alertmanager.ts'
import { dedupKeyOf } from '../../src/model/identity.ts'
import type { World } from '../crash/world.ts'
import { BUSY, NO_RECORD } from '../crash/world.ts'
import type { Random } from './random.ts'

/** What a group of alerts is about, which says how it must end. */
export type Kind = 'busy' | 'must-ring' | 'orphan' | 'unknown' | 'impacting' | 'resolved'

/** One alert group: one case, one incident. */
export interface Group {
  kind: Kind
  groupKey: string
  dedupKey: string
  clusterIds: readonly string[]
  alerts: readonly FiringAlert[]
  /** When Alertmanager first tells of it, from the start of the load (ms). */
  atMs: number
  /** How long PagerDuty's incident comes after that (ms); a negative one comes before. */
  incidentAfterMs: number
  /** When it resolves, from its first telling (ms), or null. */
  resolvesAfterMs: number | null
  /** Told twice at once, as by two Alertmanagers that lost each other. */
  isToldTwice: boolean
}

/** One in so many groups is of the kind. */
const WEIGHTS: readonly (readonly [Kind, number])[] = [
  ['busy', 40],
  ['orphan', 15],
  ['must-ring', 15],
  ['unknown', 10],
  ['impacting', 10],
  ['resolved', 10],
]

/** Groups with that many alerts in all, told over the span. Most clusters fail on several carriers, so a group has more alerts than clusters. */
export function groupsOf(
  { alerts, spanMs, seed }: { alerts: number; spanMs: number; seed: number },
  random: Random,
): Group[] {
  const groups: Group[] = []
  for (let left = alerts; left > 0; ) {
    const group = groupOf(`${seed}-${groups.length}`, Math.min(left, random.between(4, 12)), { spanMs, random })
    groups.push(group)
    left -= group.alerts.length
  }
  return groups.sort((a, b) => a.atMs - b.atMs)
}

function groupOf(name: string, size: number, { spanMs, random }: { spanMs: number; random: Random }): Group {
  const kind = kindOf(random.next())
  const groupKey = groupKeyOf(`chaos-${name}`)
  const clusterIds = Array.from({ length: Math.min(size, random.between(1, 2)) }, (_, index) =>
    clusterIdOf(`chaos/${name}/${index}`),
  )
  const startsAt = new Date()
  const alerts = Array.from(
    { length: size },
    (_, index): FiringAlert => ({
      clusterId: clusterIds[index % clusterIds.length] ?? '',
      startsAt,
      labels: {
        carrier_name: `prod-fra02-carrier${100 + index}`,
        // One alert of many is enough to leave the page with people.
        tip_customer_impacting: kind === 'impacting' && index === 0 ? 'true' : 'false',
      },
    }),
  )
  return {
    kind,
    groupKey,
    dedupKey: dedupKeyOf(groupKey),
    clusterIds,
    alerts,
    atMs: random.next() * spanMs,
    incidentAfterMs: random.between(-500, 2_000),
    resolvesAfterMs: kind === 'resolved' ? random.between(0, 8_000) : null,
    isToldTwice: random.isLess(0.2),
  }
}

function kindOf(share: number): Kind {
  let left = share * WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [kind, weight] of WEIGHTS) {
    left -= weight
    if (left < 0) return kind
  }
  return 'busy'
}

/** What Slack says of a group before anything else: what forbids a snooze has to be there before it is looked for. */
export function sayBefore(world: World, { kind, clusterIds }: Group): void {
  for (const clusterId of clusterIds) {
    if (kind === 'must-ring') world.sayUpdateFailed(clusterId)
    if (kind === 'orphan') world.sayDeleted(clusterId)
  }
}

/** The error texts of a group, told as its alerts begin to fire. */
export function sayErrors(world: World, { kind, clusterIds }: Group): void {
  for (const clusterId of clusterIds) world.sayError(clusterId, textOf(kind))
}

function textOf(kind: Kind): string {
  switch (kind) {
    case 'busy':
    case 'must-ring':
    case 'impacting':
    case 'resolved':
      return BUSY
    case 'orphan':
      return NO_RECORD
    case 'unknown':
      return 'unexpected end of the response stream'
  }
}
