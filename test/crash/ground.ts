import { clusterIdOf, groupKeyOf } from '../../demo/alertmanager.ts'
import { BUSY, NO_RECORD, type World } from './world.ts'

/** What Slack says of a cluster before the responder starts: that it was deleted, that it is busy, or nothing. */
export const GROUND_KINDS = ['orphan', 'busy', 'silent'] as const
export type GroundKind = (typeof GROUND_KINDS)[number]

/** The cluster and the alert groups of one run: each run in a world has its own. */
export interface Ground {
  clusterId: string
  first: string
  second: string
}

export function groundOf(kind: GroundKind, number: number): Ground {
  const name = `crash-${kind}-${number}`
  return {
    clusterId: clusterIdOf(name),
    first: groupKeyOf(`${name}-first`),
    second: groupKeyOf(`${name}-second`),
  }
}

/** Says it of so many clusters of each kind. It has to be said before the responder starts: later it would wait for the next poll. */
export function furnish(world: World, grounds: Readonly<Partial<Record<GroundKind, number>>>): void {
  for (const kind of GROUND_KINDS) {
    for (let number = 0; number < (grounds[kind] ?? 0); number += 1) {
      const { clusterId } = groundOf(kind, number)
      if (kind === 'orphan') world.sayDeleted(clusterId)
      if (kind === 'orphan') world.sayError(clusterId, NO_RECORD)
      if (kind === 'busy') world.sayError(clusterId, BUSY)
    }
  }
}
