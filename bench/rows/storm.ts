import { memoryMb } from '../process-stat.ts'
import { type Measurement, quantile } from '../result.ts'
import type { BenchContext, BenchRow } from '../row.ts'
import { poll, sendWebhooks, setScene, startOn } from '../scene.ts'

const SIZES = [2_000, 10_000]
const QUICK_SIZES = [200]
const LIMIT_MS = 300_000
/** Snoozes that may be made before the storm is known: one fewer than its clusters. Source: PRODUCT.md, Storm. */
const BEFORE_STORM = 19

/** The runbook's own policy, which says that so many clusters at once are a storm. */
export const storm: BenchRow = {
  name: 'storm',
  about: 'the default policy with thousands of clusters at once: nothing is snoozed, each incident gets one note',
  async run(context) {
    const measurements: Measurement[] = []
    for (const count of context.isQuick ? QUICK_SIZES : SIZES) {
      context.say(`${count} clusters`)
      measurements.push(...(await oneStorm(context, count)))
    }
    return measurements
  },
}

async function oneStorm(context: BenchContext, count: number): Promise<Measurement[]> {
  const scene = await setScene(context, count)
  try {
    const responder = await startOn(scene, { folder: context.folder, policy: 'default' })
    try {
      const load = await sendWebhooks(responder.url, scene.groups)
      if (load.failed > 0) throw new Error(`${load.failed} webhooks were not accepted`)
      await poll(`${count} notes`, LIMIT_MS, async () => ((await scene.sandbox.tally()).effects.note ?? 0) >= count)
      const { effects, doubles, lastNoteAtMs, calls } = await scene.sandbox.tally()
      const row = (figure: string) => `storm of ${count}: ${figure}`
      const plain = { reference: null, budget: null }
      const atMost = (limit: number) => ({
        reference: null,
        budget: { of: 'measured' as const, limit: { atMost: limit } },
      })
      return [
        {
          row: row('cases noted'),
          measured: (count / (lastNoteAtMs - load.startedAtMs)) * 1_000,
          unit: '1/s',
          ...plain,
        },
        { row: row('acceptance p99'), measured: quantile(load.latenciesMs, 0.99), unit: 'ms', ...atMost(1_000) },
        { row: row('snoozed'), measured: effects.snooze ?? 0, unit: 'cases', ...atMost(BEFORE_STORM) },
        { row: row('done twice'), measured: doubles, unit: 'effects', ...atMost(0) },
        { row: row('Slack posts'), measured: calls['slack post'] ?? 0, unit: 'calls', ...plain },
        { row: row('memory at its peak'), measured: memoryMb(responder.pid).peak, unit: 'MB', ...plain },
      ]
    } finally {
      await responder.stop()
    }
  } finally {
    await scene.stop()
  }
}
