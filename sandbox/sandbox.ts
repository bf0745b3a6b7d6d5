import { SandboxClock } from './clock.ts'
import { createControl } from './control.ts'
import { EtcdSandbox } from './etcd/etcd.ts'
import { Faults } from './faults.ts'
import { GithubSandbox } from './github/github.ts'
import { HeartbeatSandbox } from './heartbeat/heartbeat.ts'
import { IamSandbox } from './iam/iam.ts'
import { KeyProtectSandbox } from './key-protect/key-protect.ts'
import { KubernetesSandbox } from './kubernetes/kubernetes.ts'
import { Ledger } from './ledger.ts'
import { LogsSandbox } from './logs/logs.ts'
import { PagerdutySandbox } from './pagerduty/pagerduty.ts'
import { PrometheusSandbox } from './prometheus/prometheus.ts'
import { RequestLog } from './request-log.ts'
import { startServer } from './server.ts'
import { SlackSandbox } from './slack/slack.ts'

export interface SandboxOptions {
  /** TCP port on 127.0.0.1; 0, the default, takes any free one. */
  port?: number
  /** Address to listen on. Default: loopback; a container has to be reached from outside. */
  host?: string
  /** File to which every committed effect is appended as a JSON line. Default: memory only. */
  ledgerFile?: string
  /** Time before an upstream looks at a request, in milliseconds. Default 0. */
  latencyMs?: number
}

/** The running sandbox: its address, its upstreams, and the handles by which a test or the demo acts on them. */
export interface Sandbox {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string
  /** Time before an upstream looks at a request, in milliseconds; may be changed at any time. */
  latencyMs: number
  readonly clock: SandboxClock
  readonly ledger: Ledger
  readonly faults: Faults
  readonly requests: RequestLog
  readonly pagerduty: PagerdutySandbox
  readonly slack: SlackSandbox
  readonly github: GithubSandbox
  /** Below `/prometheus`, with any prefix after it. */
  readonly prometheus: PrometheusSandbox
  /** Both APIs on the same lines. */
  readonly logs: LogsSandbox
  readonly iam: IamSandbox
  /** Takes the tokens that `iam` gives. */
  readonly keyProtect: KeyProtectSandbox
  readonly kubernetes: KubernetesSandbox
  readonly heartbeat: HeartbeatSandbox
  /** Speaks gRPC on a port of its own, once it is started. */
  readonly etcd: EtcdSandbox
  /** Forgets all state, faults, requests and ledger entries; the clock keeps its time. */
  reset(): void
  /** Closes the port and every socket, hung ones too. */
  close(): Promise<void>
}

/**
 * Starts PagerDuty, Slack and GitHub on one loopback port: `/pagerduty/*` (REST v2), `/pagerduty-events/v2/enqueue`,
 * `/slack/api/*`, `/github/api/v3/*`, `/prometheus/*`, `/logs/*`, and of IBM Cloud `/iam/*`, `/key-protect/*` and `/kubernetes/*`; a dead-man's switch at `/heartbeat/*`; the control routes under `/_sandbox/*`, and a page of it all at `/`.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const clock = new SandboxClock()
  const ledger = new Ledger(options.ledgerFile)
  const faults = new Faults()
  const requests = new RequestLog()
  const pagerduty = new PagerdutySandbox({ clock, ledger })
  const slack = new SlackSandbox({ clock, ledger })
  const github = new GithubSandbox({ clock, ledger })
  const iam = new IamSandbox({ clock })
  const keyProtect = new KeyProtectSandbox({ isToken: (authorization) => iam.accepts(authorization) })
  const kubernetes = new KubernetesSandbox({ clock })
  const prometheus = new PrometheusSandbox({ clock })
  const logs = new LogsSandbox({ clock, isToken: (authorization) => iam.accepts(authorization) })
  const heartbeat = new HeartbeatSandbox({ clock, ledger })
  const etcd = new EtcdSandbox()
  const upstreams = [
    pagerduty,
    pagerduty.events,
    slack,
    github,
    prometheus,
    logs,
    iam,
    keyProtect,
    kubernetes,
    heartbeat,
  ]

  function reset(): void {
    for (const upstream of upstreams) upstream.reset()
    etcd.reset()
    faults.clear()
    requests.reset()
    ledger.reset()
  }

  const server = await startServer({
    port: options.port ?? 0,
    host: options.host,
    latencyMs: options.latencyMs ?? 0,
    upstreams,
    clock,
    faults,
    requests,
    control: createControl({ upstreams, clock, ledger, faults, requests, reset }),
  })
  pagerduty.webBaseUrl = server.url
  slack.webBaseUrl = server.url

  return {
    url: server.url,
    get latencyMs() {
      return server.latencyMs
    },
    set latencyMs(ms: number) {
      server.latencyMs = ms
    },
    clock,
    ledger,
    faults,
    requests,
    pagerduty,
    slack,
    github,
    prometheus,
    logs,
    iam,
    keyProtect,
    kubernetes,
    heartbeat,
    etcd,
    reset,
    async close() {
      pagerduty.close()
      slack.socket.close()
      etcd.close()
      await server.close()
    },
  }
}
