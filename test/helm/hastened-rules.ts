import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { CHART } from '../../scripts/helm-tools.ts'
import { type Prometheus, startPrometheus } from '../real/prometheus.ts'
import { waitUntil } from '../support/wait-until.ts'

const PATIENCE = { timeoutMs: 90_000, everyMs: 500 }

const alertsAnswer = z.object({
  data: z.object({ alerts: z.array(z.object({ state: z.string(), labels: z.record(z.string(), z.string()) })) }),
})

/** A real Prometheus with the chart's rules, hastened. */
export interface HastenedRules {
  /** Waits until the alert fires; the cause is repeated as long as it does not. */
  expectFiring: (alertname: string, cause?: () => unknown, upstream?: string) => Promise<void>
  expectQuiet: (alertname: string) => Promise<void>
  stop: () => Promise<void>
}

export async function startHastenedRules(responders: readonly { url: string }[]): Promise<HastenedRules> {
  const prometheus = await startPrometheus({
    alertmanagerUrls: [],
    scrapeTargets: responders.map(({ url }) => new URL(url).host),
    rulesYaml: hastened(),
  })
  return {
    expectFiring: (alertname, cause = () => undefined, upstream) =>
      waitUntil(
        `${alertname} to fire`,
        async () => {
          await cause()
          return (await firing(prometheus)).some(
            (one) => one.alertname === alertname && (upstream === undefined || one.upstream === upstream),
          )
        },
        PATIENCE,
      ).then(() => undefined),
    async expectQuiet(alertname) {
      const isQuiet = async () => (await firing(prometheus)).every((one) => one.alertname !== alertname)
      await waitUntil(`${alertname} to keep quiet`, isQuiet, PATIENCE)
    },
    stop: () => prometheus.stop(),
  }
}

/** The chart's rules with the same conditions over seconds instead of minutes: nobody waits an hour for a test. */
function hastened(): string {
  return (
    readFileSync(join(CHART, 'files/alert-rules.yaml'), 'utf8')
      .replaceAll(/for: \S+/g, 'for: 0s')
      .replaceAll(/\[\d+[mh]\]/g, '[6s]')
      .replaceAll('offset 1h', 'offset 6s')
      // Of the probes that an open circuit lets through, and of the looks, fewer fall into seconds than into minutes.
      .replaceAll(') > 2\n', ') > 0\n')
      .replaceAll(') > 10\n', ') > 0\n')
      .replaceAll(/((?:oldest_pending|look_overdue)_seconds\{job="kp-events-responder"\}\)) > 300/g, '$1 > 2')
      .replaceAll(/(heartbeat_age_seconds\{job="kp-events-responder"\}\)) > 300/g, '$1 > 10')
      .replaceAll('> 400 * 1024 * 1024', '> 1024')
      .replaceAll('job="kp-events-responder"', 'job="armada-kp-events"')
  )
}

async function firing({ url }: Prometheus): Promise<{ alertname: string; upstream?: string }[]> {
  const answer = await fetch(`${url}/api/v1/alerts`)
  const { data } = alertsAnswer.parse(await answer.json())
  return data.alerts
    .filter(({ state }) => state === 'firing')
    .map(({ labels: { alertname = '', upstream } }) => ({ alertname, ...(upstream !== undefined && { upstream }) }))
}
