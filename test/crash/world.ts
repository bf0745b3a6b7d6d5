import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { DEFAULT_REPOSITORY } from '../../sandbox/github/github.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'

/** Who posts the error texts, the master operations and the deletions. */
export const BOTS = { kpEvents: 'B0KPEVENTS', deploy: 'B0DEPLOYX' } as const
export const TOKENS = { webhook: 'alertmanager-webhook-token', operator: 'operator-token' } as const
/** Signs what Slack sends. */
export const SLACK_SIGNING = 'sandbox-signing-secret'
export const REGION = 'eu-de'
export const BUSY = 'error completing request, the cluster is busy with another KMS action'
export const NO_RECORD = 'Error finding ETCD info'

export type StoreKind = 'embedded' | 'redis'

export interface WorldOptions {
  store: StoreKind
  policy?: Readonly<Record<string, unknown>>
  sandbox?: SandboxOptions
  /** More arguments of Redis. */
  redisArgs?: readonly string[]
}

/** All that is outside the responder: PagerDuty, Slack, GitHub and etcd in the sandbox, and where it keeps its state. */
export interface World {
  readonly sandbox: Sandbox
  /** Null for the embedded store. */
  readonly redis: RedisServer | null
  /** Temporary. */
  readonly folder: string
  /** What a responder on that port is told. */
  environment: (port: number) => Record<string, string>
  /** The bot of #armada-kp-events-alerts says why the cluster fails. */
  sayError: (clusterId: string, text: string) => void
  /** A completed deletion of the cluster, told in #armada-deploy-alerts. */
  sayDeleted: (clusterId: string) => void
  /** A failed kms_update of the cluster, told in #armada-deploy-failure. */
  sayUpdateFailed: (clusterId: string) => void
  close: () => Promise<void>
}

export async function openWorld(options: WorldOptions): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'kp-crash-'))
  const sandbox = await startSandbox(options.sandbox)
  const etcd = await sandbox.etcd.start()
  sandbox.etcd.put('/clusters/.sentinel')
  const redis =
    options.store === 'redis'
      ? await startRedis({ dataDir: join(folder, 'redis'), args: options.redisArgs ?? [] })
      : null
  await writeFile(join(folder, 'policy.yaml'), stringify({ ...policyOn(etcd), ...options.policy }))

  function say(channel: keyof typeof SLACK_CHANNELS, bot: string, text: string, secondsAgo = 0): void {
    const at = new Date(sandbox.clock.now().getTime() - secondsAgo * 1_000)
    const author = { botId: bot, username: 'bot' }
    sandbox.slack.post({ channel: SLACK_CHANNELS[channel].id, author, shape: 'text', text, at })
  }

  return {
    sandbox,
    redis,
    folder,
    environment: (port) => ({
      PATH: process.env.PATH ?? '',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'node-compile-cache'),
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      RESPONDER_MODE: 'live',
      POLICY_FILE: join(folder, 'policy.yaml'),
      ...(redis ? { REDIS_URL: redis.url } : { DATA_DIR: join(folder, 'data') }),
      ALERTMANAGER_WEBHOOK_TOKENS: TOKENS.webhook,
      OPERATOR_TOKENS: `ann:${TOKENS.operator}`,
      PAGERDUTY_API_URL: `${sandbox.url}/pagerduty`,
      PAGERDUTY_API_TOKEN: sandbox.pagerduty.settings.token,
      PAGERDUTY_FROM: sandbox.pagerduty.users.responder.email,
      SLACK_API_URL: `${sandbox.url}/slack/api/`,
      SLACK_BOT_TOKEN: 'xoxb-sandbox-token',
      SLACK_SIGNING_SECRET: SLACK_SIGNING,
      GITHUB_API_URL: `${sandbox.url}/github/api/v3`,
      GITHUB_REPOSITORY: DEFAULT_REPOSITORY,
      GITHUB_TOKEN: 'sandbox-github-token',
    }),
    sayError: (clusterId, text) => say('kpEventsAlerts', BOTS.kpEvents, `cluster ${clusterId}: ${text}`),
    sayDeleted: (clusterId) => say('deployAlerts', BOTS.deploy, `cluster ${clusterId}: deleted`, 3_600),
    sayUpdateFailed: (clusterId) =>
      say('deployFailure', BOTS.deploy, `kms_update of cluster ${clusterId} failed: timed out`, 3_600),
    async close() {
      await sandbox.close()
      await redis?.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The runbook's policy, with the sandbox's authors and etcd. */
function policyOn(etcd: string): Record<string, unknown> {
  return {
    channels: {
      kpEventsAlerts: { authors: [BOTS.kpEvents] },
      deployFailure: { authors: [BOTS.deploy], maxSilence: 0 },
      deployAlerts: { authors: [BOTS.deploy] },
    },
    etcd: { regions: { [REGION]: { endpoints: [etcd] } } },
  }
}
