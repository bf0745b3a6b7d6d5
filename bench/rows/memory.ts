import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { closedCaseFrom, fillCases } from '../fill-store.ts'
import { memoryMb } from '../process-stat.ts'
import { startBenchResponder } from '../responder.ts'
import { type Measurement, quantile } from '../result.ts'
import type { BenchContext, BenchRow } from '../row.ts'
import { poll, sendWebhooks, setScene, startOn } from '../scene.ts'

const SIZES = [0, 10_000, 100_000]
const QUICK_SIZES = [0, 1_000]
const STARTS = 5
/** From ready until the memory is read: what a start needs only once is gone by then. */
const IDLE_MS = 5_000
const CASE_LIMIT_MS = 30_000

export const memory: BenchRow = {
  name: 'memory',
  about: 'memory at rest and start to ready with ever more closed cases in the store',
  async run(context) {
    const example = await liveOneCase(context)
    const dataDir = join(context.folder, 'cases')
    const measurements: Measurement[] = []
    let filled = 0
    let empty: number | null = null
    for (const size of context.isQuick ? QUICK_SIZES : SIZES) {
      if (size > 0) await fillCases(dataDir, { example, from: filled, until: size })
      filled = size
      context.say(`${size} cases are in`)
      const { readyMs, idleMb } = await startOften(context, dataDir)
      measurements.push(
        {
          row: `memory with ${size} closed cases`,
          measured: idleMb,
          unit: 'MB',
          reference: empty === null ? null : { what: 'with none', value: empty },
          budget: { of: 'measured', limit: { atMost: empty === null ? 130 : empty + 50 } },
        },
        {
          row: `start to ready with ${size} closed cases`,
          measured: readyMs,
          unit: 'ms',
          reference: null,
          budget: { of: 'measured', limit: { atMost: 1_000 } },
          note: `median of ${STARTS} starts`,
        },
      )
      empty ??= idleMb
    }
    return measurements
  },
}

async function startOften({ folder, isQuick }: BenchContext, dataDir: string) {
  const ready: number[] = []
  let idleMb = 0
  for (let start = 0; start < (isQuick ? 1 : STARTS); start += 1) {
    const responder = await startBenchResponder({ folder, dataDir })
    ready.push(responder.readyAfterMs)
    if (start === 0) {
      await delay(isQuick ? 500 : IDLE_MS)
      idleMb = memoryMb(responder.pid).now
    }
    await responder.stop()
  }
  return { readyMs: quantile(ready, 0.5), idleMb }
}

/** A case as the responder itself leaves it: snoozed, told, and resolved. Returns where its store is. */
async function liveOneCase(context: BenchContext): Promise<ReturnType<typeof closedCaseFrom>> {
  const dataDir = join(context.folder, 'example')
  const scene = await setScene(context, 1)
  try {
    const responder = await startOn(scene, { folder: context.folder, dataDir })
    await sendWebhooks(responder.url, scene.groups)
    await poll('the case to be told', CASE_LIMIT_MS, async () => {
      const { effects, calls } = await scene.sandbox.tally()
      return (effects.note ?? 0) === 1 && (calls['slack post'] ?? 0) === 1
    })
    await responder.stop()
  } finally {
    await scene.stop()
  }
  return closedCaseFrom(dataDir)
}
