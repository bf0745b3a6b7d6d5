import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'
import { startProcess } from './target-process.ts'

/** Largest size of the responder’s process while everything comes at it, in MB. */
const MEMORY_LIMIT_MB = 256
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
  let largestMb = 0
  try {
    for (let done = 0; done < runs; done += LOT) {
      for (const { surface, statuses } of await fuzz(target, { seed: seed + done, runs: Math.min(LOT, runs - done) })) {
        const known = total.get(surface) ?? new Map<number, number>()
        for (const [status, count] of Object.entries(statuses))
          known.set(Number(status), (known.get(Number(status)) ?? 0) + count)
        total.set(surface, known)
      }
      largestMb = Math.max(largestMb, Math.round(target.memoryMb()))
      process.stdout.write(`${Math.min(done + LOT, runs)} cases a surface, ${largestMb} MB\n`)
    }
  } finally {
    await target.stop()
  }
  for (const [surface, statuses] of total) {
    const cases = [...statuses.values()].reduce((sum, count) => sum + count, 0)
    const told = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status || 'none'}: ${count}`)
    process.stdout.write(`${surface.padEnd(20)} ${String(cases).padStart(7)} cases   ${told.join(', ')}\n`)
  }
  process.stdout.write(`0 other statuses, 0 faults, at most ${largestMb} MB\n`)
  if (largestMb > MEMORY_LIMIT_MB) {
    process.stdout.write(`more than the ${MEMORY_LIMIT_MB} MB that it may take\n`)
    process.exitCode = 1
  }
}
