import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { DEFAULT_REPOSITORY } from '../../../sandbox/github/people.ts'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { type Examination, examine } from '../../../src/commands/doctor/examine.ts'
import type { Finding } from '../../../src/commands/doctor/finding.ts'

export const SECRETS = {
  PAGERDUTY_API_TOKEN: 'sandbox-pagerduty-token',
  SLACK_BOT_TOKEN: 'xoxb-doctor-bot-token',
  SLACK_USER_TOKEN: 'xoxp-doctor-user-token',
  SLACK_SIGNING_SECRET: 'doctor-signing-secret-0123456789',
  GITHUB_TOKEN: 'ghp_doctorToken0123456789',
  ALERTMANAGER_WEBHOOK_TOKENS: 'doctor-webhook-token-0123456789',
  OPERATOR_TOKENS: 'ada:doctor-operator-token-0123456789',
  PAGERDUTY_WEBHOOK_SECRETS: 'doctor-pagerduty-secret-0123456789',
}
export const POSTER = { name: 'Deploy Bot', botId: 'B0DEPLOYBOT', appId: 'A0DEPLOYBOT' } as const

/** A sandbox in which nothing would fail, and the environment that leads to it. */
export interface Scene {
  sandbox: Sandbox
  environment: Record<string, string>
  /** Writes the policy file anew. */
  policy: (policy: object) => void
  look: (change?: Partial<Examination>) => Promise<Finding[]>
  close: () => Promise<void>
}

const POLICY = {
  channels: {
    kpEventsAlerts: { authors: [POSTER.botId] },
    deployFailure: { authors: [POSTER.botId] },
    deployAlerts: { authors: [POSTER.botId] },
  },
  links: { logSearch: 'https://logs.example.com/?q={corrId}' },
}

export async function aScene(): Promise<Scene> {
  const sandbox = await startSandbox()
  const directory = mkdtempSync(join(tmpdir(), 'doctor-'))
  const policyFile = join(directory, 'policy.yaml')
  const policy = (change: object) => writeFileSync(policyFile, stringify({ ...POLICY, ...change }))
  policy({})
  for (const channel of ['C018KJ6NW4A', 'C9XGSR292', 'C54FY4EKG'])
    sandbox.slack.post({ channel, author: POSTER, shape: 'text', text: 'all is well', silent: true })
  for (const channel of ['C018KJ6NW4A', 'C9XGSR292', 'C54FY4EKG', '#armada-deploy'])
    sandbox.slack.setMember(channel, true)
  sandbox.slack.setScopes('bot', ['channels:history', 'channels:read', 'chat:write', 'commands'])
  sandbox.pagerduty.trigger({ dedupKey: 'a'.repeat(64), summary: '[FIRING:1] ArmadaKPEventsProcessingErrors' })
  sandbox.ledger.reset()
  const environment: Record<string, string> = {
    ...SECRETS,
    DATA_DIR: join(directory, 'data'),
    POLICY_FILE: policyFile,
    PUBLIC_URL: 'https://responder.example.com',
    PAGERDUTY_API_URL: `${sandbox.url}/pagerduty`,
    PAGERDUTY_FROM: 'responder@example.com',
    SLACK_API_URL: `${sandbox.url}/slack/api/`,
    GITHUB_API_URL: `${sandbox.url}/github/api/v3`,
    GITHUB_REPOSITORY: DEFAULT_REPOSITORY,
  }
  return {
    sandbox,
    environment,
    policy,
    async look(change = {}) {
      const asked = { alertmanagerConfig: null, pagerdutyServices: [], clusterId: null, now: Date.now }
      const findings: Finding[] = []
      for await (const finding of examine({ environment, ...asked, ...change })) findings.push(finding)
      return findings
    },
    async close() {
      await sandbox.close()
      rmSync(directory, { recursive: true })
    },
  }
}

/** `state check: says` of every finding that is not well. */
export function unwell(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ state }) => state === 'fail' || state === 'warn')
    .map(({ state, check, says }) => `${state} ${check}: ${says}`)
}
