import { createServer } from 'node:http'
import { Counter, Registry } from 'prom-client'
import { freePort } from '../support/free-port.ts'

/** The `/metrics` of an armada-kp-events whose failures the test decides. */
export interface Exporter {
  /** `host:port`, for Prometheus' scrape targets. */
  readonly target: string
  /** Counts failed events of the cluster. Its alert ends one rule window later, unless more follow. */
  addFailures: (crn: string, count?: number) => void
  /** From now on one more event of the cluster fails with every scrape, so that its alert keeps firing. */
  startFailing: (crn: string) => void
  /** No event of the cluster fails any more; its alert ends one rule window later. */
  stopFailing: (crn: string) => void
  stop: () => Promise<void>
}

/** An exporter of `armada_kp_events_status` on a loopback port. */
export async function startExporter(): Promise<Exporter> {
  const registry = new Registry()
  const events = new Counter({
    name: 'armada_kp_events_status',
    help: 'Key events handled, by cluster and outcome.',
    labelNames: ['CRN', 'status', 'service'],
    registers: [registry],
  })
  const failing = new Set<string>()
  const server = createServer(async (_request, response) => {
    for (const crn of failing) addFailures(crn, 1)
    response.setHeader('content-type', registry.contentType)
    response.end(await registry.metrics())
  })

  function addFailures(crn: string, count: number): void {
    events.inc({ CRN: crn, status: 'failed', service: 'armada-kp-events' }, count)
  }

  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    target: `127.0.0.1:${port}`,
    addFailures: (crn, count = 1) => addFailures(crn, count),
    startFailing: (crn) => void failing.add(crn),
    stopFailing: (crn) => void failing.delete(crn),
    stop() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
