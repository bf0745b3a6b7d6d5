// The service as src/main.ts runs it, on a store that tells the parent of every call and kills the process at the one the
// parent named. Nothing in src knows of it.
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { openStore } from '../../src/store/open-store.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { recordCalls } from './recorded-store.ts'

/** Where it dies from its first call on; else the parent names a point later. */
let deadly: string | null = process.env.DIE_AT ?? null
/** Null until points are asked for, from then on how often each was passed. */
let passed: Map<string, number> | null = deadly === null ? null : new Map()

/** Written at once: a line must not wait in a process that is about to die. */
function tell(line: string): void {
  writeSync(3, `${line}\n`)
}

function onPoint(point: string): void {
  if (!passed) return
  const number = (passed.get(point) ?? 0) + 1
  passed.set(point, number)
  const name = point.replace(/ (before|after)$/, `#${number} $1`)
  // The signal takes effect before the call returns: nothing more is done, not even what is queued already.
  if (name === deadly) process.kill(process.pid, 'SIGKILL')
  tell(`passed ${name}`)
}

// Each line of the input is a point to die at, or empty. Its end is the parent's, who would leave nobody to stop this process.
createInterface({ input: process.stdin })
  .on('line', (line) => {
    passed = new Map()
    deadly = line === '' ? null : line
    tell('armed')
  })
  .on('close', () => process.exit(0))

const config = readConfig(process.env)
const logger = createLogger(config.logLevel)
const store = recordCalls(await openStore(config, { now: Date.now, logger }), onPoint)
const app = await createApp(config, { logger, metrics: createMetrics(), store })
await app.server.listen({ host: config.host, port: config.port })
await app.start()
