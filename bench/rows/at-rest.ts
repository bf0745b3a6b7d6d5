import type { BenchGroup } from '../alerts.ts'
import { WEBHOOK_TOKEN } from '../responder.ts'
import { type Measurement, quantile } from '../result.ts'
import type { BenchContext, BenchRow } from '../row.ts'
import { LATENCY_MS } from '../sandbox.ts'
import type { Tally } from '../sandbox-protocol.ts'
import { type BenchScene, poll, setScene, startIdeal, startOn } from '../scene.ts'

const CASES = 60
const QUICK_CASES = 5
const LIMIT_MS = 30_000
/** Slack is told at one message a second. */
const SLACK_LIMIT_MS = 180_000
/** list, log entries, acknowledge, snooze. */
const CALLS_WAITED_FOR = 4

/** Cases that come one at a time, each alone. */
export const atRest: BenchRow = {
  name: 'at-rest',
  about: 'one alert at a time: webhook to snooze, and the calls that one case causes',
  async run(context) {
    const count = context.isQuick ? QUICK_CASES : CASES
    const ideal = await onScene(context, count, (scene) => startIdeal(scene, context))
    const ours = await onScene(context, count, (scene) => startOn(scene, { folder: context.folder }))
    return toMeasurements(ours, { ideal, count })
  },
}

interface Alone {
  snoozedMs: number[]
  calls: Tally['calls']
}

async function onScene(
  context: BenchContext,
  count: number,
  start: (scene: BenchScene) => Promise<{ url: string; stop: () => Promise<void> }>,
): Promise<Alone> {
  const scene = await setScene(context, count + 1)
  try {
    const side = await start(scene)
    try {
      const [warmUp, ...groups] = scene.groups
      if (!warmUp) throw new RangeError('a scene has at least one group')
      await untilNoted(scene, side.url, { group: warmUp, done: 1 })
      await told(scene, 1)
      const before = (await scene.sandbox.tally()).calls
      const sentAtMs = new Map<number, number>()
      for (const [index, group] of groups.entries()) {
        sentAtMs.set(group.number, await untilNoted(scene, side.url, { group, done: index + 2 }))
      }
      await told(scene, count + 1)
      const snoozes = await scene.sandbox.snoozes()
      const after = (await scene.sandbox.tally()).calls
      return {
        snoozedMs: groups.map(
          ({ number }) => (snoozes.get(number) ?? Number.NaN) - (sentAtMs.get(number) ?? Number.NaN),
        ),
        calls: Object.fromEntries(Object.entries(after).map(([name, calls]) => [name, calls - (before[name] ?? 0)])),
      }
    } finally {
      await side.stop()
    }
  } finally {
    await scene.stop()
  }
}

/** When the webhook was sent, ms since the epoch; resolves when the case's note is there. */
async function untilNoted(
  { sandbox }: BenchScene,
  url: string,
  { group, done }: { group: BenchGroup; done: number },
): Promise<number> {
  const sentAtMs = Date.now()
  // Not through the load generator, which ends at a whole second.
  const response = await fetch(`${url}/webhooks/alertmanager`, {
    method: 'POST',
    headers: { authorization: `Bearer ${WEBHOOK_TOKEN}`, 'content-type': 'application/json' },
    body: group.body(),
  })
  if (!response.ok) throw new Error(`the webhook was answered ${response.status}`)
  await poll('the note', LIMIT_MS, async () => ((await sandbox.tally()).effects.note ?? 0) >= done)
  return sentAtMs
}

function told({ sandbox }: BenchScene, count: number): Promise<void> {
  return poll(
    'Slack to be told',
    SLACK_LIMIT_MS,
    async () => ((await sandbox.tally()).calls['slack post'] ?? 0) >= count,
  )
}

function toMeasurements(ours: Alone, { ideal, count }: { ideal: Alone; count: number }): Measurement[] {
  const perCase = (name: string) => (ours.calls[name] ?? 0) / count
  const pagerduty = Object.entries(ours.calls).filter(([name]) => name.startsWith('pagerduty'))
  return [
    {
      row: 'at rest: webhook to snooze, p99',
      measured: quantile(ours.snoozedMs, 0.99),
      unit: 'ms',
      reference: { what: 'ideal', value: quantile(ideal.snoozedMs, 0.99) },
      budget: { of: 'measured', limit: { atMost: CALLS_WAITED_FOR * LATENCY_MS + 30 } },
      note: `${CALLS_WAITED_FOR} calls of ${LATENCY_MS} ms, and 30 ms`,
    },
    {
      row: 'at rest: webhook to snooze, median',
      measured: quantile(ours.snoozedMs, 0.5),
      unit: 'ms',
      reference: { what: 'ideal', value: quantile(ideal.snoozedMs, 0.5) },
      budget: null,
    },
    {
      row: 'at rest: PagerDuty calls per case',
      measured: pagerduty.reduce((sum, [, calls]) => sum + calls, 0) / count,
      unit: 'calls',
      reference: null,
      budget: { of: 'measured', limit: { atMost: 5 } },
      note: pagerduty
        .filter(([, calls]) => calls > 0)
        .map(([name, calls]) => `${name.slice('pagerduty '.length)} ${(calls / count).toFixed(2)}`)
        .join(', '),
    },
    {
      row: 'at rest: Slack posts per case',
      measured: perCase('slack post'),
      unit: 'calls',
      reference: null,
      budget: { of: 'measured', limit: { atMost: 1 } },
    },
    {
      row: 'at rest: Slack edits per case',
      measured: perCase('slack edit'),
      unit: 'calls',
      reference: null,
      budget: { of: 'measured', limit: { atMost: 1 } },
    },
    {
      row: 'at rest: Slack reads per case, polling apart',
      measured: perCase('slack replies'),
      unit: 'calls',
      reference: null,
      budget: { of: 'measured', limit: { atMost: 0.02 } },
    },
  ]
}
