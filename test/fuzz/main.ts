import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'
import type { Target } from './target.ts'
import { startProcess } from './target-process.ts'

/**
 * Largest size of the responder's process while everything comes at it, in MB: three quarters of what the chart lets a pod
 * take. V8 lets garbage lie for as long as there is room, so under a flood this is no measure of what is kept.
 */
const FLOODED_LIMIT_MB = 384
/** What it may have once the flood is over and V8 gave back what was garbage, in MB. Source: the budget with 2,000 under way. */
const RESTED_LIMIT_MB = 250
/** How long V8 is given for that, in ms: it collects by itself some seconds after the last work. */
const REST_MS = 90_000
/** Cases of a lot, after which the memory is looked at. */
const LOT = 1_000

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '10000' }, seed: { type: 'string' }, help: { type: 'boolean' } },
})
if (values.help) {
  process.stdout.write(
    'npm run fuzz -- [--runs CASES] [--seed NUMBER]\n\nSends CASES (10000) to each way in, and prints what was answered.\n',
  )
} else {
  await main(Number(values.runs), Number(values.seed ?? Date.now() % 2 ** 31))
}

async function main(runs: number, seed: number): Promise<void> {
  process.stdout.write(`seed ${seed}, ${runs} cases a surface\n`)
  const target = await startProcess()
  const total = new Map<string, Map<number, number>>()
  let rested = { now: Number.NaN, peak: Number.NaN }
  try {
    for (let done = 0; done < runs; done += LOT) {
      for (const { surface, statuses } of await fuzz(target, { seed: seed + done, runs: Math.min(LOT, runs - done) })) {
        const known = total.get(surface) ?? new Map<number, number>()
        for (const [status, count] of Object.entries(statuses))
          known.set(Number(status), (known.get(Number(status)) ?? 0) + count)
        total.set(surface, known)
      }
      const { now, peak } = target.memoryMb()
      process.stdout.write(
        `${Math.min(done + LOT, runs)} cases a surface, ${Math.round(now)} MB, at most ${Math.round(peak)} MB so far\n`,
      )
    }
    rested = await atRest(target)
  } finally {
    await target.stop()
  }
  for (const [surface, statuses] of total) {
    const cases = [...statuses.values()].reduce((sum, count) => sum + count, 0)
    const told = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status || 'none'}: ${count}`)
    process.stdout.write(`${surface.padEnd(20)} ${String(cases).padStart(7)} cases   ${told.join(', ')}\n`)
  }
  const [flooded, kept] = [Math.round(rested.peak), Math.round(rested.now)]
  process.stdout.write(`0 other statuses, 0 faults; at most ${flooded} MB, ${kept} MB at rest\n`)
  if (!(flooded <= FLOODED_LIMIT_MB && kept <= RESTED_LIMIT_MB)) {
    process.stdout.write(`more than ${FLOODED_LIMIT_MB} MB in the flood, or than ${RESTED_LIMIT_MB} MB at rest\n`)
    process.exitCode = 1
  }
}

/** The least that it takes once nothing comes any more, and the most that it took. */
async function atRest(target: Target): Promise<{ now: number; peak: number }> {
  const untilMs = performance.now() + REST_MS
  let { now, peak } = target.memoryMb()
  while (now > RESTED_LIMIT_MB && performance.now() < untilMs) {
    await sleep(1_000)
    now = Math.min(now, target.memoryMb().now)
    peak = target.memoryMb().peak
  }
  return { now, peak }
}
