import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { z } from 'zod'
import { freePort } from './free-port.ts'
import { waitUntil } from './wait-until.ts'

export const WEBHOOK_TOKEN = 'alertmanager-webhook-token'
/** The bot whose messages in #armada-kp-events-alerts may permit a snooze. */
export const KP_EVENTS_BOT = 'B0KPEVENTS'
const OPERATOR_TOKEN = 'operator-token'
const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))
/** Characters kept of what the process printed, for error messages. */
const OUTPUT_LIMIT = 64_000

/** What tests read of a case, as `GET /api/cases` shows it. */
const caseSchema = z.object({
  id: z.string(),
  dedupKey: z.string(),
  state: z.enum(['gathering', 'waiting', 'snoozed', 'handed-over', 'resolved']),
  updatedAt: z.string(),
  snoozedUntil: z.string().nullable(),
  incident: z.object({ id: z.string(), status: z.string() }).nullable(),
  incidents: z.array(z.object({ id: z.string() })),
  alerts: z.array(z.object({ crn: z.string().nullable(), status: z.string() })),
  plan: z.object({
    headline: z.string().nullable(),
    refusals: z.array(z.object({ rail: z.string() })),
  }),
  receipts: z.array(z.object({ action: z.string(), result: z.string() })),
  timeline: z.array(z.object({ what: z.string() })),
})
export const casePageSchema = z.object({ cases: z.array(caseSchema) })

const modeSchema = z.object({ mode: z.string(), paused: z.boolean(), frozenWhy: z.string().optional() })
const readinessSchema = z.object({ checks: z.record(z.string(), z.string()) })

export type ShownCase = z.infer<typeof caseSchema>

export interface ResponderOptions {
  /** Base address of the sandbox that stands for PagerDuty and Slack. */
  sandboxUrl: string
  /** The folder of the embedded store; a given one is kept on stop. Default: a temporary one. */
  dataDir?: string
  /** The Redis that it shares with others, in place of the embedded store. */
  redisUrl?: string
  /** Policy beside the listed authors of the evidence channels. */
  policy?: Readonly<Record<string, unknown>>
  /** Variables beside, or in place of, those that every test has. */
  environment?: Readonly<Record<string, string>>
}

/** The responder in live mode, run as `npm start` runs it, as a child of the test. */
export interface ResponderProcess {
  readonly url: string
  readonly dataDir: string
  /** All cases, newest first. */
  cases: () => Promise<ShownCase[]>
  /** Acts on a case by hand, as the operator ann. */
  act: (caseId: string, act: 'wake' | 'recheck') => Promise<void>
  /** Reads or sets the mode by the API. */
  mode: (change?: { mode?: string; paused?: boolean }) => Promise<z.infer<typeof modeSchema>>
  /** What it was started with. */
  readonly policyYaml: string
  /** Writes its policy file anew, as it is. */
  writePolicy: (yaml: string) => Promise<void>
  /** What `/readyz` answers. */
  readiness: () => Promise<{ status: number; checks: Record<string, string> }>
  /** Posts a webhook body as Alertmanager does, and returns the status. */
  postWebhook: (body: unknown) => Promise<number>
  /** Its books over all its lives, in alerts. */
  books: () => Promise<{ accepted: number; done: number; pending: number; quarantined: number }>
  /** Its process id; another one after a restart. */
  pid: () => number
  /** Kill -9: no time to save anything. Resolves when the process is gone. */
  kill: () => Promise<void>
  /** Sends a signal and waits for nothing. */
  signal: (name: 'SIGHUP' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2') => void
  /** Resolves with the exit code once the process is gone; null where a signal killed it. */
  exited: () => Promise<number | null>
  /** Starts the killed process again on the same port and store, and waits until it is ready. */
  restart: () => Promise<void>
  /** Kills it and removes its temporary folder. */
  stop: () => Promise<void>
  /** The last of what it printed. */
  output: () => string
}

/**
 * A running responder that says it is ready.
 *
 * @throws Error with its output when it exits or is not ready in time.
 */
export async function startResponder(options: ResponderOptions): Promise<ResponderProcess> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const ownDir = await mkdtemp(join(tmpdir(), 'kp-responder-test-'))
  const dataDir = options.dataDir ?? join(ownDir, 'store')
  const policyFile = join(ownDir, 'policy.yaml')
  await writeFile(policyFile, policyYaml(options.policy ?? {}))
  const { sandboxUrl, redisUrl } = options
  const environment = {
    ...toEnvironment({ port, url, dataDir, policyFile, sandboxUrl, redisUrl }),
    ...options.environment,
  }
  let output = ''
  let child = launch()

  function launch(): ChildProcess {
    const launched = spawn(process.execPath, ['--max-semi-space-size=4', 'bin/start.mjs'], {
      cwd: REPOSITORY,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const keep = (chunk: unknown): void => {
      output = (output + String(chunk)).slice(-OUTPUT_LIMIT)
    }
    launched.stdout.on('data', keep)
    launched.stderr.on('data', keep)
    // A test run that ends early must not leave a responder behind.
    const killWithParent = (): void => void launched.kill('SIGKILL')
    process.once('exit', killWithParent)
    launched.once('exit', () => process.off('exit', killWithParent))
    return launched
  }

  async function ready(): Promise<void> {
    const isUp = async () => !isRunning(child) || (await fetch(`${url}/readyz`)).ok
    await waitUntil('the responder to be ready', isUp, { timeoutMs: 90_000 })
    if (!isRunning(child)) throw new Error(`the responder exited with ${child.exitCode}:\n${output}`)
  }

  async function kill(): Promise<void> {
    if (!isRunning(child)) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  async function ask(path: string, body?: unknown, method = 'POST'): Promise<unknown> {
    const response = await fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, 'content-type': 'application/json' },
      ...(body !== undefined && { method, body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return response.json()
  }

  await ready()
  return {
    url,
    dataDir,
    cases: async () => casePageSchema.parse(await ask('/api/cases')).cases,
    act: async (caseId, act) => void (await ask(`/api/cases/${caseId}/${act}`, { reason: 'asked by a test' })),
    mode: async (change) => modeSchema.parse(await ask('/api/mode', change, 'PUT')),
    policyYaml: policyYaml(options.policy ?? {}),
    writePolicy: (yaml) => writeFile(policyFile, yaml),
    async readiness() {
      const response = await fetch(`${url}/readyz`)
      return { status: response.status, ...readinessSchema.parse(await response.json()) }
    },
    async postWebhook(body) {
      const response = await fetch(`${url}/webhooks/alertmanager`, {
        method: 'POST',
        headers: { authorization: `Bearer ${WEBHOOK_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return response.status
    },
    async books() {
      const metrics = await (await fetch(`${url}/metrics`)).text()
      const read = (name: string) => Number(new RegExp(`^kp_responder_alerts_${name} (\\d+)$`, 'm').exec(metrics)?.[1])
      return {
        accepted: read('accepted'),
        done: read('done'),
        pending: read('pending'),
        quarantined: read('quarantined'),
      }
    },
    pid: () => child.pid ?? 0,
    kill,
    signal: (name) => void child.kill(name),
    async exited() {
      if (isRunning(child)) await once(child, 'exit')
      return child.exitCode
    },
    async restart() {
      await kill()
      child = launch()
      await ready()
    },
    async stop() {
      await kill()
      await rm(ownDir, { recursive: true, force: true })
    },
    output: () => output,
  }
}

/** Nothing of the test's own environment: what the responder needs is all here. */
function toEnvironment(at: {
  port: number
  url: string
  dataDir: string
  policyFile: string
  sandboxUrl: string
  redisUrl: string | undefined
}) {
  return {
    ...(at.redisUrl !== undefined && { REDIS_URL: at.redisUrl }),
    PATH: process.env.PATH,
    HOST: '127.0.0.1',
    PORT: String(at.port),
    PUBLIC_URL: at.url,
    DATA_DIR: at.dataDir,
    POLICY_FILE: at.policyFile,
    RESPONDER_MODE: 'live',
    ALERTMANAGER_WEBHOOK_TOKENS: WEBHOOK_TOKEN,
    OPERATOR_TOKENS: `ann:${OPERATOR_TOKEN}`,
    PAGERDUTY_API_URL: `${at.sandboxUrl}/pagerduty`,
    PAGERDUTY_API_TOKEN: 'sandbox-pagerduty-token',
    PAGERDUTY_FROM: 'responder@example.com',
    SLACK_API_URL: `${at.sandboxUrl}/slack/api/`,
    SLACK_BOT_TOKEN: 'xoxb-sandbox-token',
    SLACK_SIGNING_SECRET: 'sandbox-signing-secret',
  }
}

function policyYaml(policy: Readonly<Record<string, unknown>>): string {
  return stringify({
    channels: {
      kpEventsAlerts: { authors: [KP_EVENTS_BOT] },
      // Nobody posts failures in these tests, and their absence has to count.
      deployFailure: { authors: ['B0DEPLOYER'], maxSilence: 0 },
    },
    ...policy,
  })
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}
