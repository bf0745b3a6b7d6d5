import { join } from 'node:path'
import { benchGroup } from '../alerts.ts'
import { type LoadResult, sendAll } from '../load.ts'
import { startBenchResponder, WEBHOOK_TOKEN } from '../responder.ts'
import { type Measurement, quantile } from '../result.ts'
import type { BenchContext, BenchRow } from '../row.ts'
import { poll, startServing } from '../scene.ts'

/** Webhooks that warm up, and that are measured. */
const WARM_UP = 2_000
const MEASURED = 8_000
/** Runs in turn, of which the median counts: one run of a second is at the mercy of its neighbours. */
const ROUNDS = 3
const DRAIN_LIMIT_MS = 120_000

/** Webhooks of groups that are over: durable like any other, and the look that follows has nothing to do. */
export const acceptance: BenchRow = {
  name: 'acceptance',
  about: 'durable acceptance on the embedded store against a bare server that reads and parses the body',
  async run(context) {
    const bare = await startServing('bare', context)
    const responder = await startBenchResponder({ folder: context.folder, dataDir: join(context.folder, 'acceptance') })
    try {
      const rounds = context.isQuick ? 1 : ROUNDS
      const pairs: { ours: LoadResult; theirs: LoadResult }[] = []
      for (let round = 0; round <= rounds; round += 1) {
        const bodies = toBodies(round, context)
        const theirs = await send(bare.url, bodies)
        const ours = await send(responder.url, bodies)
        if (ours.failed > 0) throw new Error(`${ours.failed} webhooks were not accepted`)
        if (round > 0) pairs.push({ ours, theirs })
        await poll('the looks to end', DRAIN_LIMIT_MS, async () => {
          const metrics = await responder.metrics()
          return metrics.get('kp_responder_alerts_pending') === 0
        })
      }
      return toMeasurements(pairs)
    } finally {
      await responder.stop()
      await bare.stop()
    }
  },
}

function toBodies(round: number, { isQuick }: BenchContext): string[] {
  const startsAt = new Date(Date.now() - 60_000)
  const count = isQuick ? 500 : round === 0 ? WARM_UP : MEASURED
  return Array.from({ length: count }, (_, number) => benchGroup(round * 100_000 + number, startsAt).body('resolved'))
}

function send(url: string, bodies: readonly string[]): Promise<LoadResult> {
  return sendAll({ url, path: '/webhooks/alertmanager', token: WEBHOOK_TOKEN, bodies })
}

function toMeasurements(pairs: readonly { ours: LoadResult; theirs: LoadResult }[]): Measurement[] {
  const median = (of: (result: LoadResult) => number, side: 'ours' | 'theirs') =>
    quantile(
      pairs.map((pair) => of(pair[side])),
      0.5,
    )
  const p99 = ({ latenciesMs }: LoadResult) => quantile(latenciesMs, 0.99)
  const rate = ({ perSecond }: LoadResult) => perSecond
  return [
    {
      row: 'acceptance: rate',
      measured: median(rate, 'ours'),
      unit: '1/s',
      reference: { what: 'bare', value: median(rate, 'theirs') },
      budget: { of: 'ratio', limit: { atLeast: 0.4 } },
    },
    {
      row: 'acceptance: p99',
      measured: median(p99, 'ours'),
      unit: 'ms',
      reference: { what: 'bare', value: median(p99, 'theirs') },
      budget: { of: 'ratio', limit: { atMost: 5 } },
    },
  ]
}
