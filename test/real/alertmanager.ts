import { stringify } from 'yaml'
import { freePort } from '../support/free-port.ts'
import { type Program, startProgram } from './program.ts'

export interface AlertmanagerConfigOptions {
  webhook: { url: string; token: string }
  /** Stands in the same receiver as the webhook, so both carry the same group key. */
  pagerduty?: { url: string; routingKey: string }
  /** Default `[alertname, CRN]`: one group, and so one incident, per cluster. */
  groupBy?: readonly string[]
  /** Default 1s. */
  groupWait?: string
  /** Default 10s. A flush that fails is retried for this long, and for 10 s at least. */
  groupInterval?: string
  /** Default 20s. Rounded up to a multiple of the group interval. */
  repeatInterval?: string
  /** Sends `Watchdog` to a receiver of its own, as docs/operations.md shows, this often. */
  watchdogEvery?: string
  /** Alerts told in one webhook message, the rest only counted. Default 0: all. */
  maxAlerts?: number
}

/** Alertmanager's YAML with one route and one receiver, and those of a Watchdog where it is asked for. */
export function alertmanagerConfig(options: AlertmanagerConfigOptions): string {
  const { webhook, pagerduty, watchdogEvery } = options
  return stringify({
    route: {
      receiver: 'kp-events',
      group_by: options.groupBy ?? ['alertname', 'CRN'],
      group_wait: options.groupWait ?? '1s',
      group_interval: options.groupInterval ?? '10s',
      repeat_interval: options.repeatInterval ?? '20s',
      ...(watchdogEvery !== undefined && {
        routes: [
          {
            matchers: ['alertname = "Watchdog"'],
            receiver: 'kp-responder-heartbeat',
            group_wait: '0s',
            group_interval: watchdogEvery,
            repeat_interval: '500ms',
          },
        ],
      }),
    },
    receivers: [
      {
        name: 'kp-events',
        webhook_configs: [
          {
            url: webhook.url,
            send_resolved: true,
            max_alerts: options.maxAlerts ?? 0,
            http_config: { authorization: { type: 'Bearer', credentials: webhook.token } },
          },
        ],
        ...(pagerduty && {
          pagerduty_configs: [{ url: pagerduty.url, routing_key: pagerduty.routingKey, send_resolved: true }],
        }),
      },
      ...(watchdogEvery !== undefined
        ? [
            {
              name: 'kp-responder-heartbeat',
              webhook_configs: [
                {
                  url: webhook.url,
                  send_resolved: false,
                  http_config: { authorization: { type: 'Bearer', credentials: webhook.token } },
                },
              ],
            },
          ]
        : []),
    ],
  })
}

export interface AlertmanagerOptions {
  /** YAML, by hand or from `alertmanagerConfig`. */
  config: string
  dataDir?: string
  port?: number
  /** Ports of the gossip of this Alertmanager and its peers. Without it the Alertmanager is alone. */
  cluster?: { port: number; peers: readonly number[] }
}

export interface Alertmanager extends Program {
  /** Without a slash at the end. */
  readonly url: string
  /** Hands alerts in as Prometheus does, for tests that need no rule. Without `endsAt` they fire for 5 minutes. */
  postAlerts: (alerts: readonly PostedAlert[]) => Promise<void>
}

export interface PostedAlert {
  labels: Readonly<Record<string, string>>
  annotations?: Readonly<Record<string, string>>
  /** ISO 8601. */
  startsAt?: string
  /** ISO 8601; one in the past resolves the alert. */
  endsAt?: string
}

/** A real Alertmanager on a loopback port. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<Alertmanager> {
  const port = options.port ?? (await freePort())
  const url = `http://127.0.0.1:${port}`
  const program = await startProgram({
    binaries: ['prometheus-alertmanager', 'alertmanager'],
    dataDir: options.dataDir,
    files: { 'alertmanager.yml': options.config },
    args: (dataDir) => [
      `--config.file=${dataDir}/alertmanager.yml`,
      `--storage.path=${dataDir}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...clusterArgs(options.cluster),
    ],
    isReady: async () => (await fetch(`${url}/-/ready`)).ok,
  })
  return { ...program, url, postAlerts: (alerts) => postAlerts(url, alerts) }
}

/**
 * Two Alertmanagers of one configuration. With gossip the second waits 2 s for the first and then keeps quiet about what
 * the first has sent; without it both send everything, as after a network cut.
 */
export async function startAlertmanagerPair(options: {
  config: string
  gossip: boolean
}): Promise<[Alertmanager, Alertmanager]> {
  const { config, gossip } = options
  const [first, second] = [await freePort(), await freePort()]
  return Promise.all([
    startAlertmanager({ config, ...(gossip && { cluster: { port: first, peers: [second] } }) }),
    startAlertmanager({ config, ...(gossip && { cluster: { port: second, peers: [first] } }) }),
  ])
}

function clusterArgs(cluster: AlertmanagerOptions['cluster']): string[] {
  if (!cluster) return ['--cluster.listen-address=']
  return [
    `--cluster.listen-address=127.0.0.1:${cluster.port}`,
    `--cluster.advertise-address=127.0.0.1:${cluster.port}`,
    '--cluster.peer-timeout=2s',
    ...cluster.peers.map((peer) => `--cluster.peer=127.0.0.1:${peer}`),
  ]
}

async function postAlerts(url: string, alerts: readonly PostedAlert[]): Promise<void> {
  const response = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts),
  })
  if (!response.ok) throw new Error(`Alertmanager refused the alerts: ${response.status} ${await response.text()}`)
}
