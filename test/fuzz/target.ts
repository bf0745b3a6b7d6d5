import { createHmac } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { z } from 'zod'
import { DEFAULT_REPOSITORY } from '../../sandbox/github/github.ts'
import { signatureOf } from '../../sandbox/pagerduty/webhooks.ts'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'

const WEBHOOK_TOKEN = 'fuzz-webhook-token-0123456789'
const OPERATOR_TOKEN = 'fuzz-operator-token-0123456789'
const PAGERDUTY_SECRET = 'fuzz-pagerduty-secret-0123456789'
const SLACK_SECRET = 'fuzz-slack-secret-0123456789'
/** Words of the log that no input may cause: a fault of ours, or a case that could not be looked at. */
const FAULTS =
  /request failed|case set aside|look at case failed|could not be kept|interaction failed|could not be taken/
const Written = z.object({ msg: z.string(), err: z.unknown().optional(), errorName: z.string().optional() })

export type Headers = Record<string, string>

/** A whole responder on a sandbox, in this process, with every way in open. */
export interface Target {
  port: number
  send: (request: { method: 'POST' | 'PUT'; url: string; headers: Headers; body: Buffer }) => Promise<number>
  /** Log lines that tell of a fault of ours, since they were last asked for. */
  takeFaults: () => string[]
  /** What the process takes, now and at most so far, in MB. */
  memoryMb: () => { now: number; peak: number }
  /** Has it let go of what is garbage; a moment later its memory is what it keeps. Only a process of its own can. */
  collect?: () => void
  /** True when accepted = done + pending + quarantined. */
  isBalanced: () => Promise<boolean>
  stop: () => Promise<void>
}

export const PROOFS = {
  alertmanager: (): Headers => ({ authorization: `Bearer ${WEBHOOK_TOKEN}` }),
  operator: (): Headers => ({ authorization: `Bearer ${OPERATOR_TOKEN}` }),
  pagerduty: (body: Buffer): Headers => ({ 'x-pagerduty-signature': signatureOf(body, PAGERDUTY_SECRET) }),
  slack: (body: Buffer): Headers => {
    const timestamp = String(Math.floor(Date.now() / 1_000))
    const digest = createHmac('sha256', SLACK_SECRET).update(`v0:${timestamp}:`).update(body).digest('hex')
    return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${digest}` }
  },
}

/** Windows short enough that cases are judged while the fuzz runs. */
export const POLICY = {
  windows: { waitForErrorText: '1s', evidenceRetry: '1s', incidentLookup: '1s', probe: '1s' },
  operators: { slackUsers: ['U0ADA'] },
}
/** Nothing is acted on, so that what matters is what comes in. */
export const ENVIRONMENT = {
  RESPONDER_MODE: 'shadow',
  ALERTMANAGER_WEBHOOK_TOKENS: WEBHOOK_TOKEN,
  OPERATOR_TOKENS: `ann:${OPERATOR_TOKEN}`,
  PAGERDUTY_WEBHOOK_SECRETS: PAGERDUTY_SECRET,
  SLACK_BOT_TOKEN: 'xoxb-sandbox-token',
  SLACK_SIGNING_SECRET: SLACK_SECRET,
}

/** A log line that tells of a fault of ours, with what is known of it; null for any other. */
export function toFault(line: string): string | null {
  const { msg, err, errorName } = Written.parse(JSON.parse(line))
  return FAULTS.test(msg) ? `${msg} ${errorName ?? ''} ${JSON.stringify(err ?? '').slice(0, 1_500)}` : null
}

/** True when the books of a metrics text balance. */
export function isBalanced(metrics: string): boolean {
  const found = metrics.matchAll(/^kp_responder_alerts_(accepted|done|pending|quarantined) (\d+)$/gm)
  const books = new Map([...found].map(([, name, count]) => [name, Number(count)]))
  const of = (name: string) => books.get(name) ?? Number.NaN
  return of('accepted') === of('done') + of('pending') + of('quarantined')
}

export async function startTarget(): Promise<Target> {
  const sandbox = await startSandbox()
  const directory = await mkdtemp(join(tmpdir(), 'kp-fuzz-'))
  const policyFile = join(directory, 'policy.yaml')
  await writeFile(policyFile, stringify(POLICY))
  const config = readConfig({
    DATA_DIR: join(directory, 'store'),
    POLICY_FILE: policyFile,
    ...ENVIRONMENT,
    PAGERDUTY_API_URL: `${sandbox.url}/pagerduty`,
    PAGERDUTY_API_TOKEN: sandbox.pagerduty.settings.token,
    PAGERDUTY_FROM: sandbox.pagerduty.users.responder.email,
    SLACK_API_URL: `${sandbox.url}/slack/api/`,
    GITHUB_API_URL: `${sandbox.url}/github/api/v3`,
    GITHUB_REPOSITORY: DEFAULT_REPOSITORY,
    GITHUB_TOKEN: 'sandbox-github-token',
  })
  const faults: string[] = []
  const write = (line: string): void => {
    const fault = toFault(line)
    if (fault !== null) faults.push(fault)
  }
  const app = await createApp(config, { logger: createLogger('info', { write }), metrics: createMetrics() })
  await app.server.listen({ host: '127.0.0.1', port: 0 })
  await app.start()
  return {
    port: (app.server.server.address() as AddressInfo).port,
    async send({ body, ...request }) {
      return (await app.server.inject({ ...request, payload: body })).statusCode
    },
    takeFaults: () => faults.splice(0),
    memoryMb: () => ({ now: process.memoryUsage().rss / 1_048_576, peak: process.resourceUsage().maxRSS / 1_024 }),
    isBalanced: async () => isBalanced((await app.server.inject('/metrics')).body),
    async stop() {
      await app.stop()
      await sandbox.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
