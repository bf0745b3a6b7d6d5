import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectWebhooks } from '../sandbox/pagerduty/webhooks.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../sandbox/slack/slack.ts'
import { furnishCloud, writeKubeconfig } from './cloud.ts'
import { newSecrets, toEnvironment } from './environment.ts'
import { type EtcdPlace, startEtcds } from './etcds.ts'
import { freePort } from './free-port.ts'
import { AUTHORS, demoPolicy } from './policy.ts'
import { type Responder, type ResponderEvent, startResponder } from './responder.ts'

/** A sandbox of the upstreams and the responder that works on it. */
export interface Stage {
  readonly sandbox: Sandbox
  /** One etcd for each region that has one. */
  readonly etcds: readonly EtcdPlace[]
  readonly responder: Responder
  /** Signs a person in at the dashboard, and opens the API. */
  readonly operatorToken: string
  /** What Alertmanager sends as its bearer token. */
  readonly webhookToken: string
  /** Midnight UTC of the day on which the stage was started: the policy's migration windows lie around it. */
  readonly today: Date
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
  const [sandbox, etcds] = await Promise.all([startSandbox(), startEtcds()])
  const secrets = newSecrets()
  const today = new Date(new Date().toISOString().slice(0, 10))
  const url = `http://127.0.0.1:${port ?? (await freePort())}`
  writeFileSync(join(folder, 'policy.yaml'), demoPolicy({ today, etcds }))
  furnish(sandbox)
  furnishCloud(sandbox, secrets)
  writeKubeconfig(folder, { sandbox, secrets })

  async function clearAway(): Promise<void> {
    for (const { etcd } of etcds) etcd.close()
    await sandbox.close()
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    const responder = await startResponder({
      env: toEnvironment({ folder, url, sandbox, secrets }),
      url,
      logFile: join(folder, 'responder.log'),
      say,
    })
    // The responder lives in real time, also after a jump of the sandbox's clock.
    sandbox.slack.connect({
      url: `${url}/slack/events`,
      signingSecret: secrets.slackSigning,
      signingTime: () => new Date(),
    })
    const webhooks = connectWebhooks(sandbox.pagerduty, {
      url: `${url}/webhooks/pagerduty`,
      secrets: [secrets.pagerdutyWebhook],
    })
    return {
      sandbox,
      etcds,
      responder,
      operatorToken: secrets.operatorToken,
      webhookToken: secrets.webhookToken,
      today,
      folder,
      async stop() {
        await webhooks.close()
        await responder.stop()
        await clearAway()
      },
    }
  } catch (error) {
    await clearAway()
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
