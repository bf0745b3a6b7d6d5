import type { BenchRow } from '../row.ts'
import { poll, sendWebhooks, setScene, startOn } from '../scene.ts'

/** So many that more than a minute's calls are needed, and few enough that the bench ends in time. */
const CASES = 600
const FULL_CASES = 2_000
const QUICK_CASES = 20
/** Of one PagerDuty token. Source: PRODUCT.md, Budgets. */
const CALLS_PER_MINUTE = 960
const LIMIT_MS = 900_000

/** The budget is said for 2,000 cases, as with `--full`; fewer show the same pace in the time that a bench may take. */
export const rateLimited: BenchRow = {
  name: 'rate-limited',
  about: `${CASES} cases, with --full ${FULL_CASES}, under ${CALLS_PER_MINUTE} PagerDuty calls a minute`,
  async run(context) {
    const count = context.isQuick ? QUICK_CASES : context.isFull ? FULL_CASES : CASES
    const scene = await setScene(context, count)
    try {
      const responder = await startOn(scene, { folder: context.folder })
      const before = await pagerdutyCalls(scene)
      await scene.sandbox.limitPagerduty(CALLS_PER_MINUTE)
      try {
        const load = await sendWebhooks(responder.url, scene.groups)
        await poll(`${count} notes`, LIMIT_MS, async () => ((await scene.sandbox.tally()).effects.note ?? 0) >= count)
        const { effects, doubles, lastNoteAtMs } = await scene.sandbox.tally()
        const calls = (await pagerdutyCalls(scene)) - before
        const minutes = (lastNoteAtMs - load.startedAtMs) / 60_000
        const none = { reference: null, budget: { of: 'measured' as const, limit: { atMost: 0 } } }
        return [
          {
            row: 'rate limited: drained in',
            measured: minutes,
            unit: 'min',
            reference: { what: 'calls / 960', value: calls / CALLS_PER_MINUTE },
            budget: { of: 'ratio', limit: { atMost: 1.15 } },
            note: `${count} cases, ${calls} calls with those that PagerDuty refused; a whole minute's calls are free at the start`,
          },
          { row: 'rate limited: lost', measured: count - (effects.snooze ?? 0), unit: 'cases', ...none },
          { row: 'rate limited: done twice', measured: doubles, unit: 'effects', ...none },
        ]
      } finally {
        await responder.stop()
      }
    } finally {
      await scene.stop()
    }
  },
}

async function pagerdutyCalls({ sandbox }: Awaited<ReturnType<typeof setScene>>): Promise<number> {
  const { calls } = await sandbox.tally()
  return Object.entries(calls).reduce((sum, [name, count]) => sum + (name.startsWith('pagerduty') ? count : 0), 0)
}
