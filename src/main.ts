import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type App, createApp } from './app.ts'
import { readConfig } from './config/config.ts'
import { ConfigError, StoreUnavailableError } from './errors.ts'
import { createLogger } from './telemetry/log.ts'
import { createMetrics } from './telemetry/metrics.ts'

/** Exit codes. Source: sysexits.h, EX_CONFIG and EX_IOERR. */
const EXIT_CONFIG = 78
const EXIT_STORE = 74
/** From SIGTERM to the end, whatever is under way, in ms; it has to come within 20 s. */
const STOP_LIMIT_MS = 18_000
/** The door stays open so long while /readyz says 503, in ms: a load balancer stops sending before it closes. */
const DRAIN_MS = 3_000

/** Runs the service until SIGTERM or SIGINT; resolves when it listens. */
export async function main(): Promise<void> {
  const signal = nextSignal()
  const hangUp = hangUps()
  try {
    const config = readConfig(process.env)
    const logger = createLogger(config.logLevel)
    const app = await createApp(config, { logger, metrics: createMetrics() })
    await app.server.listen({ host: config.host, port: config.port })
    await app.start()
    hangUp.listen(() => app.rereadPolicy())
    logger.info({ host: config.host, port: config.port, dataDir: config.dataDir }, 'ready')
    void signal.then((name) => stop(app, name, logger))
  } catch (error) {
    process.exitCode = explainFailure(error)
  }
}

/** The first signal to stop. Those after it change nothing, and one that comes during the start is heeded at its end. */
function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    process.on('SIGTERM', resolve)
    process.on('SIGINT', resolve)
  })
}

/** SIGHUP ends a process that does not listen for it; one that comes during the start asks for what is read then anyway. */
function hangUps(): { listen: (heard: () => void) => void } {
  let heard = () => {}
  process.on('SIGHUP', () => heard())
  return {
    listen(listener) {
      heard = listener
    },
  }
}

async function stop(app: App, signal: string, logger: Logger): Promise<void> {
  logger.info({ signal }, 'stopping')
  // An upstream that hangs holds a look longer than that. Its intent is in the journal: the next start takes it up.
  setTimeout(() => {
    logger.warn('stopped with work under way, which the journal holds')
    process.exit(0)
  }, STOP_LIMIT_MS)
  try {
    app.drain()
    await sleep(DRAIN_MS)
    await app.stop()
    process.exit(0)
  } catch (error) {
    logger.error({ err: error }, 'stop failed')
    process.exit(1)
  }
}

function explainFailure(error: unknown): number {
  if (error instanceof ConfigError) {
    process.stderr.write(
      `The configuration can't be used:\n${error.faults.map((fault) => `  - ${fault}`).join('\n')}\n`,
    )
    return EXIT_CONFIG
  }
  if (error instanceof StoreUnavailableError) {
    process.stderr.write(`${error.message}\n`)
    return EXIT_STORE
  }
  process.stderr.write(`The service could not start: ${error instanceof Error ? error.message : String(error)}\n`)
  return 1
}

if (import.meta.main) await main()
