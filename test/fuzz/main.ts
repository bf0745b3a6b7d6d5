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
/** What it may keep, once all that is garbage was collected, in MB. Source: the budget with 2,000 under way. */
const KEPT_LIMIT_MB = 250
/** How long it is given for that, in ms. */
const COLLECT_MS = 10_000
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
  let memory = { now: Number.NaN, peak: Number.NaN }
  try {
    for (let done = 0; done < runs; done += LOT) {
      for (const { surface, statuses } of await fuzz(target, { seed: seed + done, runs: Math.min(LOT, runs - done) })) {
        const known = total.get(surface) ?? new Map<number, number>()
        for (const [status, count] of Object.entries(statuses))
          known.set(Number(status), (known.get(Number(status)) ?? 0) + count)
        total.set(surface, known)
      }
      memory = await keptBy(target)
      process.stdout.write(`${Math.min(done + LOT, runs)} cases a surface, ${toText(memory)}\n`)
    }
  } finally {
    await target.stop()
  }
  for (const [surface, statuses] of total) {
    const cases = [...statuses.values()].reduce((sum, count) => sum + count, 0)
    const told = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status || 'none'}: ${count}`)
    process.stdout.write(`${surface.padEnd(20)} ${String(cases).padStart(7)} cases   ${told.join(', ')}\n`)
  }
  process.stdout.write(`0 other statuses, 0 faults, ${toText(memory)}\n`)
  if (!(memory.peak <= FLOODED_LIMIT_MB && memory.now <= KEPT_LIMIT_MB)) {
    process.stdout.write(`it may take ${FLOODED_LIMIT_MB} MB and keep ${KEPT_LIMIT_MB} MB\n`)
    process.exitCode = 1
  }
}

/** What the process has once it collected, and the most that it had. */
async function keptBy(target: Target): Promise<{ now: number; peak: number }> {
  const { peak } = target.memoryMb()
  target.collect?.()
  await sleep(COLLECT_MS)
  return { now: target.memoryMb().now, peak }
}

function toText({ now, peak }: { now: number; peak: number }): string {
  return `at most ${Math.round(peak)} MB taken, ${Math.round(now)} MB kept`
}
