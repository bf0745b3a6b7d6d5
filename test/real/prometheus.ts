import { stringify } from 'yaml'
import { freePort } from '../support/free-port.ts'
import { type Program, startProgram } from './program.ts'

export interface PrometheusOptions {
  /** Every one is told of every alert. */
  alertmanagerUrls: readonly string[]
  /** `host:port` of each exporter. */
  scrapeTargets: readonly string[]
  rulesYaml: string
  /** Put on every alert that is sent. */
  externalLabels?: Readonly<Record<string, string>>
  /** Base of the `generatorURL` of the alerts. Default: its own address. */
  externalUrl?: string
  dataDir?: string
  port?: number
}

export interface Prometheus extends Program {
  /** Without a slash at the end. */
  readonly url: string
}

/**
 * A real Prometheus that scrapes and evaluates its rules every second.
 *
 * It re-sends firing alerts every 2 s instead of every minute: the first send is often lost, because rules are evaluated
 * before the Alertmanagers are discovered. An alert that it no longer sends ends at Alertmanager after 8 s (four times that).
 */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const port = options.port ?? (await freePort())
  const url = `http://127.0.0.1:${port}`
  const program = await startProgram({
    binaries: ['prometheus'],
    dataDir: options.dataDir,
    files: { 'prometheus.yml': prometheusConfig(options), 'rules.yml': options.rulesYaml },
    args: (dataDir) => [
      `--config.file=${dataDir}/prometheus.yml`,
      `--storage.tsdb.path=${dataDir}/tsdb`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.external-url=${options.externalUrl ?? url}`,
      '--web.route-prefix=/',
      '--rules.alert.resend-delay=2s',
    ],
    isReady: async () => (await fetch(`${url}/-/ready`)).ok,
  })
  return { ...program, url }
}

function prometheusConfig({ alertmanagerUrls, scrapeTargets, externalLabels }: PrometheusOptions): string {
  return stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s', external_labels: externalLabels ?? {} },
    alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagerUrls.map((url) => new URL(url).host) }] }] },
    rule_files: ['rules.yml'],
    scrape_configs: [{ job_name: 'armada-kp-events', static_configs: [{ targets: scrapeTargets }] }],
  })
}
