import { join } from 'node:path'
import { benchGroup } from '../alerts.ts'
import { fillMessages } from '../fill-store.ts'
import { startBenchResponder } from '../responder.ts'
import { type Measurement, quantile } from '../result.ts'
import type { BenchRow } from '../row.ts'

const SIZES = [1_000, 100_000, 1_000_000]
const QUICK_SIZES = [1_000, 10_000]
const WARM_UP = 300
const DECISIONS = 400

/** Messages of the size and kind that the channels hold, each naming a cluster; every hundredth cluster is asked about. */
export const decisionTime: BenchRow = {
  name: 'decision-time',
  about: 'one decision by the API with ever more messages in the index',
  async run(context) {
    const measurements: Measurement[] = []
    const dataDir = join(context.folder, 'messages')
    let filled = 0
    let small: number | null = null
    for (const size of context.isQuick ? QUICK_SIZES : SIZES) {
      await fillMessages(dataDir, filled, size)
      filled = size
      context.say(`${size} messages are in`)
      const { medianMs, readyAfterMs } = await timeDecisions(context.folder, dataDir)
      measurements.push({
        row: `decision with ${size} messages`,
        measured: medianMs,
        unit: 'ms',
        reference: small === null ? null : { what: `with ${SIZES[0]}`, value: small },
        budget: small === null ? null : { of: 'ratio', limit: { atMost: 1.3 } },
      })
      measurements.push({
        row: `start to ready with ${size} messages`,
        measured: readyAfterMs,
        unit: 'ms',
        reference: null,
        budget: { of: 'measured', limit: { atMost: 1_000 } },
      })
      small ??= medianMs
    }
    return measurements
  },
}

async function timeDecisions(folder: string, dataDir: string): Promise<{ medianMs: number; readyAfterMs: number }> {
  // No upstream is there: a decision asks the index as ever, and what it takes is ours alone.
  const responder = await startBenchResponder({ folder, dataDir })
  try {
    const tookMs: number[] = []
    for (let index = 0; index < WARM_UP + DECISIONS; index += 1) {
      const body = benchGroup((index * 7) % 1_000, new Date()).body()
      const started = performance.now()
      await responder.explain(body)
      if (index >= WARM_UP) tookMs.push(performance.now() - started)
    }
    return { medianMs: quantile(tookMs, 0.5), readyAfterMs: responder.readyAfterMs }
  } finally {
    await responder.stop()
  }
}
