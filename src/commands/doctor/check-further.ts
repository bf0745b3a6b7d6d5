import { createPrometheusClient } from '../../clients/prometheus.ts'
import type { Config } from '../../config/config.ts'
import { connectLogs } from '../../connect-further.ts'
import { FAILURES_QUERY } from '../../runbook/debugging.ts'
import { attempt } from './attempt.ts'
import { type Finding, off, ok, warn } from './finding.ts'

/** So long back the logs must hold a line of the app, in ms. */
const SPAN_MS = 3_600_000

/** The alert's own query: whether it is answered, and from the right Prometheus. */
export async function* checkPrometheus(
  { further }: Pick<Config, 'further'>,
  { now }: { now: () => number },
): AsyncGenerator<Finding> {
  if (further.prometheusUrl === null) {
    yield off('prometheus', 'PROMETHEUS_URL is not set: nobody is told what fails now')
    return
  }
  const client = createPrometheusClient({ url: further.prometheusUrl, now })
  const [known, failure] = await attempt('prometheus', () => client.query('count(armada_kp_events_status)'))
  if (!known) {
    yield failure
    return
  }
  if (known.samples.length === 0) {
    yield warn(
      'prometheus',
      'answers, and knows no armada_kp_events_status: it is not the one that the alert comes from',
      'set PROMETHEUS_URL to the base of the address that the alerts name, up to /graph',
    )
    return
  }
  const [failing, refused] = await attempt('prometheus', () => client.query(FAILURES_QUERY.expression))
  yield failing ? ok('prometheus', `answers, ${failing.samples.length} clusters fail now`) : refused
}

/** Any line of the app: credential, address, and whether the app is there at all. */
export async function* checkLogs(
  config: Pick<Config, 'further' | 'policy'>,
  { now }: { now: () => number },
): AsyncGenerator<Finding> {
  const { logs } = config.further
  if (!logs) {
    yield off('logs', 'LOGS_KIND is not set: no log line is quoted')
    return
  }
  const client = connectLogs(logs, config, { metrics: null, now })
  const { app } = config.policy.current().logs
  const toMs = now()
  const [answer, failure] = await attempt('logs', () =>
    client.search({ term: null, app, fromMs: toMs - SPAN_MS, toMs, limit: 1 }),
  )
  if (!answer) {
    yield failure
    return
  }
  yield answer.lines.length > 0
    ? ok('logs', `${logs.kind} answers, with lines of ${app}`)
    : warn(
        'logs',
        `${logs.kind} answers, without any line of ${app} in the last hour`,
        'see whether logs.app in the policy, the account and logs.tier are right; a quiet hour looks the same',
      )
}
