import { createApp } from './app.ts'
import { readConfig } from './config/config.ts'
import { ConfigError, StoreUnavailableError } from './errors.ts'
import { createLogger } from './telemetry/log.ts'
import { createMetrics } from './telemetry/metrics.ts'

/** Exit codes. Source: sysexits.h, EX_CONFIG and EX_IOERR. */
const EXIT_CONFIG = 78
const EXIT_STORE = 74
/** Time that work under way gets to end after SIGTERM, in ms; the end itself has to come within 20 s. */
const STOP_LIMIT_MS = 18_000

/** Runs the service until SIGTERM or SIGINT; resolves when it listens. */
export async function main(): Promise<void> {
  try {
    const config = readConfig(process.env)
    const logger = createLogger(config.logLevel)
    const app = await createApp(config, { logger, metrics: createMetrics() })
    await app.server.listen({ host: config.host, port: config.port })
    await app.start()
    logger.info({ host: config.host, port: config.port, dataDir: config.dataDir }, 'ready')
    let isStopping = false
    const stop = (signal: string) => {
      if (isStopping) return
      isStopping = true
      logger.info({ signal }, 'stopping')
      // An upstream that hangs holds a look longer than that. Its intent is in the journal: the next start takes it up.
      const limit = setTimeout(() => {
        logger.warn('stopped with work under way, which the journal holds')
        process.exit(0)
      }, STOP_LIMIT_MS)
      app.stop().then(
        () => {
          clearTimeout(limit)
          process.exit(0)
        },
        (error: unknown) => {
          logger.error({ err: error }, 'stop failed')
          process.exit(1)
        },
      )
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  } catch (error) {
    process.exitCode = explainFailure(error)
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
