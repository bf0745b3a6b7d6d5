import PQueue from 'p-queue'
import type { GroundKind } from './ground.ts'
import { type Stage, setStage } from './stage.ts'
import type { StoreKind } from './world.ts'

export interface LaneOptions {
  store: StoreKind
  /** Runs at once, each on a stage of its own. */
  count: number
  /** Runs that a stage has room for, by what Slack says of their clusters. */
  grounds: Readonly<Partial<Record<GroundKind, number>>>
}

/** Stages that are used again: what a run costs beside its kill is the start of one process. */
export interface Lanes {
  /** Runs on the next free stage, on ground of its own. A stage on which something failed is not used again. */
  run: <T extends { faults: readonly string[] }>(kind: GroundKind, work: (stage: Stage) => Promise<T>) => Promise<T>
  close: () => Promise<void>
}

export function openLanes({ store, count, grounds }: LaneOptions): Lanes {
  const queue = new PQueue({ concurrency: count })
  const free = new Set<Stage>()

  async function stageFor(kind: GroundKind): Promise<Stage> {
    for (const stage of free) {
      free.delete(stage)
      if (stage.hasRoom(kind)) return stage
      await stage.stop()
    }
    return setStage({ store, grounds })
  }

  return {
    run: (kind, work) =>
      queue.add(async () => {
        const stage = await stageFor(kind)
        let isWell = false
        try {
          stage.moveOn(kind)
          const result = await work(stage)
          isWell = result.faults.length === 0
          return result
        } finally {
          if (isWell) free.add(stage)
          else await stage.stop()
        }
      }),
    async close() {
      await Promise.all([...free].map((stage) => stage.stop()))
      free.clear()
    },
  }
}
