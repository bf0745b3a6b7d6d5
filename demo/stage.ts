import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../sandbox/slack/slack.ts'
import { freePort } from './free-port.ts'
import { AUTHORS, demoPolicy } from './policy.ts'
import { type Responder, type ResponderEvent, startResponder } from './responder.ts'

/** A sandbox of the upstreams and the responder that works on it. */
export interface Stage {
  readonly sandbox: Sandbox
  readonly responder: Responder
  /** Signs a person in at the dashboard, and opens the API. */
  readonly operatorToken: string
  /** What Alertmanager sends as its bearer token. */
  readonly webhookToken: string
  /** Temporary: the store, the policy and the log. */
  readonly folder: string
  /** Ends the responder and the sandbox, and removes the folder. */
  stop(): Promise<void>
}

export interface StageOptions {
  /** Port of the dashboard on 127.0.0.1; a free one where it is absent. */
  port?: number | undefined
  say: (event: ResponderEvent) => void
}

/**
 * The stage with the responder ready on it.
 * @throws Error when the responder can't be started.
 */
export async function startStage({ port, say }: StageOptions): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'kp-demo-'))
  const sandbox = await startSandbox()
  const [operatorToken, webhookToken, signingSecret] = [newSecret(), newSecret(), newSecret()]
  const url = `http://127.0.0.1:${port ?? (await freePort())}`
  writeFileSync(join(folder, 'policy.yaml'), demoPolicy())
  furnish(sandbox)
  try {
    const responder = await startResponder({
      env: toEnvironment({ folder, url, sandbox, operatorToken, webhookToken, signingSecret }),
      url,
      logFile: join(folder, 'responder.log'),
      say,
    })
    // The responder lives in real time, also after a jump of the sandbox's clock.
    sandbox.slack.connect({ url: `${url}/slack/events`, signingSecret, signingTime: () => new Date() })
    return {
      sandbox,
      responder,
      operatorToken,
      webhookToken,
      folder,
      async stop() {
        await responder.stop()
        await sandbox.close()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await sandbox.close()
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** What was in the channels before anything went wrong: a channel whose poster has been silent for a week proves nothing. */
function furnish({ slack, clock }: Sandbox): void {
  const at = new Date(clock.now().getTime() - 3_600_000)
  const author = { botId: AUTHORS.deploy, username: 'armada-deploy' }
  const text = 'cluster_create of cluster d0000000000000000000 failed: quota exceeded in account'
  slack.post({ channel: SLACK_CHANNELS.deployFailure.id, author, shape: 'text', text, at, silent: true })
}

interface Setting {
  folder: string
  url: string
  sandbox: Sandbox
  operatorToken: string
  webhookToken: string
  signingSecret: string
}

/** All that the responder is told. Nothing of the person's own environment reaches it but the path to programs. */
function toEnvironment(setting: Setting): Record<string, string> {
  const { folder, url, sandbox } = setting
  return {
    PATH: process.env.PATH ?? '',
    HOST: '127.0.0.1',
    PORT: new URL(url).port,
    PUBLIC_URL: url,
    LOG_LEVEL: 'info',
    RESPONDER_MODE: 'live',
    DATA_DIR: join(folder, 'data'),
    POLICY_FILE: join(folder, 'policy.yaml'),
    ALERTMANAGER_WEBHOOK_TOKENS: setting.webhookToken,
    OPERATOR_TOKENS: `demo:${setting.operatorToken}`,
    PAGERDUTY_API_URL: `${sandbox.url}/pagerduty`,
    PAGERDUTY_API_TOKEN: sandbox.pagerduty.settings.token,
    PAGERDUTY_FROM: sandbox.pagerduty.users.responder.email,
    SLACK_API_URL: `${sandbox.url}/slack/api/`,
    SLACK_BOT_TOKEN: `xoxb-${newSecret()}`,
    SLACK_SIGNING_SECRET: setting.signingSecret,
    GITHUB_API_URL: `${sandbox.url}/github/api/v3`,
    GITHUB_REPOSITORY: 'kp-sandbox/armada-kp-events',
    GITHUB_TOKEN: newSecret(),
  }
}

function newSecret(): string {
  return randomBytes(12).toString('hex')
}
