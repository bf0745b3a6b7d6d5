import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { z } from 'zod'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { dedupKeyOf } from '../../src/model/identity.ts'
import { BUSY_TEXT, HOUR_MS, labelsOf, MINUTE_MS } from '../support/builders.ts'

const ROOT = join(import.meta.dirname, '../..')
const POSTER = { name: 'Deploy Bot', botId: 'B0DEPLOYBOT', appId: 'A0DEPLOYBOT' } as const
export const ETCD_TEXT = 'Error finding ETCD info'

const reportSchema = z.looseObject({
  ok: z.boolean(),
  judged: z.number(),
  harmful: z.array(
    z.looseObject({ id: z.string(), url: z.string(), comparison: z.looseObject({ why: z.array(z.string()) }) }),
  ),
  reasons: z.array(
    z.looseObject({ reason: z.string(), n: z.number(), agree: z.number(), harmful: z.number(), needless: z.number() }),
  ),
  undecided: z.array(z.looseObject({ id: z.string(), comparison: z.looseObject({ why: z.string() }) })),
  unreadable: z.array(z.object({ id: z.string(), why: z.string() })),
  labelled: z.array(z.looseObject({ caseId: z.string(), given: z.string(), right: z.string() })),
})

export interface Run {
  status: number
  stderr: string
  /** Null where standard output is empty. */
  report: z.infer<typeof reportSchema> | null
}

/** How an incident of the past went. */
export interface Episode {
  cluster: number
  /** Posted to #armada-kp-events-alerts before the alert; null: none came. */
  errorText?: string | null
  /** Posted to another channel an hour before. */
  told?: { channel: string; text: string }
  labels?: Record<string, string>
  /** What people did so long after the beginning. Default 20 min. */
  afterMs?: number
  people?: (incidentId: string) => void
  /** Default: it resolves by itself, three hours after it began. */
  resolves?: boolean
}

/** A workspace and an account with a past, and the command over it. */
export interface BacktestScene {
  sandbox: Sandbox
  directory: string
  environment: Record<string, string>
  /** Lives an episode through, and returns the incident's id. */
  live: (episode: Episode) => string
  /** Writes the account's incidents as a file of PagerDuty's shapes, and returns its name. */
  file: (change?: (incidents: Record<string, unknown>[]) => unknown[]) => string
  run: (...args: string[]) => Promise<Run>
  close: () => Promise<void>
}

export function clusterId(number: number): string {
  return `bu0c7dkl0te7m5kq6u${String(number).padStart(2, '0')}`
}

export async function aBacktestScene(): Promise<BacktestScene> {
  const sandbox = await startSandbox()
  const directory = mkdtempSync(join(tmpdir(), 'backtest-'))
  const policyFile = join(directory, 'policy.yaml')
  const authors = [POSTER.botId]
  const channels = { kpEventsAlerts: { authors }, deployFailure: { authors }, deployAlerts: { authors } }
  writeFileSync(policyFile, stringify({ channels }))
  for (const channel of ['C018KJ6NW4A', 'C9XGSR292', 'C54FY4EKG']) sandbox.slack.setMember(channel, true)
  const say = (channel: string, text: string, atMs: number) =>
    sandbox.slack.post({ channel, author: POSTER, shape: 'text', text, silent: true, at: new Date(atMs) })
  const nowMs = () => sandbox.clock.now().getTime()
  say('C9XGSR292', 'all is well', nowMs() - HOUR_MS)

  function live({
    cluster,
    errorText = BUSY_TEXT,
    told,
    labels = {},
    people,
    afterMs = 20 * MINUTE_MS,
    resolves = true,
  }: Episode): string {
    const id = clusterId(cluster)
    const startMs = nowMs()
    if (told) say(told.channel, told.text.replace('ID', id), startMs - HOUR_MS)
    if (errorText !== null) say('C018KJ6NW4A', `${id}: ${errorText}`, startMs - MINUTE_MS)
    const alert = {
      status: 'firing',
      labels: { ...labelsOf(id), ...labels },
      annotations: { summary: 'KP events fail' },
      startsAt: new Date(startMs - 30_000).toISOString(),
      generatorURL: '',
    }
    const dedupKey = dedupKeyOf(`{}:{CRN="${id}"}`)
    const { id: incidentId } = sandbox.pagerduty.trigger({
      dedupKey,
      summary: '[FIRING:1] ArmadaKPEventsProcessingErrors',
      details: { firing: [alert], num_firing: 1, resolved: [], num_resolved: 0 },
    })
    sandbox.clock.jump(afterMs)
    people?.(incidentId)
    sandbox.clock.jump(180 * MINUTE_MS - afterMs)
    if (resolves) sandbox.pagerduty.resolve(dedupKey)
    sandbox.clock.jump(HOUR_MS)
    return incidentId
  }

  const environment = {
    POLICY_FILE: policyFile,
    DATA_DIR: join(directory, 'data'),
    PAGERDUTY_API_URL: `${sandbox.url}/pagerduty`,
    PAGERDUTY_API_TOKEN: 'sandbox-pagerduty-token',
    PAGERDUTY_FROM: 'responder@example.com',
    SLACK_API_URL: `${sandbox.url}/slack/api/`,
    SLACK_BOT_TOKEN: 'xoxb-backtest',
  }
  const scene: BacktestScene = {
    sandbox,
    directory,
    environment,
    live,
    file(change = (incidents) => incidents) {
      const name = join(directory, 'incidents.json')
      writeFileSync(name, JSON.stringify({ incidents: change(sandbox.pagerduty.snapshot().incidents) }))
      return name
    },
    run: (...args) => runCommand(args, scene.environment),
    async close() {
      await sandbox.close()
      rmSync(directory, { recursive: true })
    },
  }
  return scene
}

function runCommand(args: readonly string[], env: Record<string, string>): Promise<Run> {
  const command = [join(ROOT, 'bin/kp-responder.mjs'), 'backtest', ...args]
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      const report = stdout === '' ? null : reportSchema.parse(JSON.parse(stdout))
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stderr, report })
    })
  })
}
