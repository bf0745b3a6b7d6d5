import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { freePort } from '../demo/free-port.ts'
import { type Child, startChild } from './child.ts'
import { benchPolicy, type PolicyKind } from './policy.ts'

export const WEBHOOK_TOKEN = 'bench-webhook-token'
export const OPERATOR_TOKEN = 'bench-operator-token'
const READY_LIMIT_MS = 60_000
const Package = z.object({ scripts: z.object({ start: z.string() }) })

export interface ResponderOptions {
  folder: string
  /** Of the upstreams; without it PagerDuty is not configured and Slack can't be reached. */
  sandboxUrl?: string
  policy?: PolicyKind
  /** The embedded store's folder. */
  dataDir?: string
  /** State in Redis instead. */
  redisUrl?: string
  /** Node's flags beside those of `npm start`. */
  nodeFlags?: readonly string[]
}

/** The responder as `npm start` runs it, ready. */
export interface BenchResponder {
  readonly url: string
  readonly pid: number
  /** From the start of the process until it said ready, in ms. */
  readonly readyAfterMs: number
  /** Its metrics, by name and labels as they stand in the text. */
  metrics: () => Promise<Map<string, number>>
  /** The decision about a webhook body, as its API gives it. */
  explain: (body: string) => Promise<unknown>
  stop: () => Promise<void>
}

let started = 0

/** @throws Error with its output when it exits or is not ready in time. */
export async function startBenchResponder(options: ResponderOptions): Promise<BenchResponder> {
  started += 1
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const policyFile = join(options.folder, `policy-${started}.yaml`)
  writeFileSync(policyFile, benchPolicy(options.policy ?? 'raised'))
  const startedMs = performance.now()
  const child = startChild({
    args: [...(options.nodeFlags ?? []), ...startArguments()],
    env: toEnvironment(options, { url, policyFile }),
    logFile: join(options.folder, `responder-${started}.log`),
  })
  await ready(child, url)
  const readyAfterMs = performance.now() - startedMs
  return {
    url,
    pid: child.pid,
    readyAfterMs,
    async metrics() {
      const text = await (await fetch(`${url}/metrics`)).text()
      const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
      return new Map(
        lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
      )
    },
    async explain(body) {
      const response = await fetch(`${url}/api/explain`, {
        method: 'POST',
        headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, 'content-type': 'application/json' },
        body,
      })
      if (!response.ok) throw new Error(`the explanation was answered ${response.status}`)
      return response.json()
    },
    stop: child.stop,
  }
}

/** What `npm start` gives to Node, so that the bench measures what people run. */
function startArguments(): string[] {
  const { scripts } = Package.parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')))
  return scripts.start.split(' ').slice(1)
}

async function ready(child: Child, url: string): Promise<void> {
  const deadline = performance.now() + READY_LIMIT_MS
  for (;;) {
    if (!child.isRunning()) throw new Error(`the responder did not start:\n${child.output()}`)
    const isReady = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
    if (isReady) return
    if (performance.now() > deadline) {
      await child.stop()
      throw new Error(`the responder was not ready in ${READY_LIMIT_MS} ms:\n${child.output()}`)
    }
    await delay(5)
  }
}

function toEnvironment(
  { folder, sandboxUrl, dataDir, redisUrl }: ResponderOptions,
  { url, policyFile }: { url: string; policyFile: string },
): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    PORT: new URL(url).port,
    PUBLIC_URL: url,
    RESPONDER_MODE: sandboxUrl === undefined ? 'shadow' : 'live',
    DATA_DIR: dataDir ?? join(folder, `data-${started}`),
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    POLICY_FILE: policyFile,
    ALERTMANAGER_WEBHOOK_TOKENS: WEBHOOK_TOKEN,
    OPERATOR_TOKENS: `bench:${OPERATOR_TOKEN}`,
    ...(sandboxUrl === undefined
      ? {}
      : {
          PAGERDUTY_API_URL: `${sandboxUrl}/pagerduty`,
          PAGERDUTY_API_TOKEN: 'sandbox-pagerduty-token',
          PAGERDUTY_FROM: 'responder@example.com',
        }),
    // Nothing listens on port 9 where no sandbox is given: what is in the index stays and is asked all the same.
    SLACK_API_URL: `${sandboxUrl ?? 'http://127.0.0.1:9'}/slack/api/`,
    SLACK_BOT_TOKEN: 'xoxb-sandbox-token',
  }
}
