import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DEFAULT_REPOSITORY } from '../sandbox/github/github.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

export interface Setting {
  folder: string
  /** Of the responder, without a trailing slash. */
  url: string
  sandbox: Sandbox
  secrets: Secrets
}

/** What the two sides share. */
export interface Secrets {
  /** Signs a person in at the dashboard, and opens the API. */
  operatorToken: string
  /** What Alertmanager sends as its bearer token. */
  webhookToken: string
  /** Signs what Slack sends. */
  slackSigning: string
  /** Signs what PagerDuty sends. */
  pagerdutyWebhook: string
  /** Opens IBM Cloud to the responder. */
  ibmCloudApiKey: string
  /** Of the service account that reads the hub's pods. */
  hubToken: string
}

export function newSecrets(): Secrets {
  return {
    operatorToken: newSecret(),
    webhookToken: newSecret(),
    slackSigning: newSecret(),
    pagerdutyWebhook: newSecret(),
    ibmCloudApiKey: newSecret(),
    hubToken: newSecret(),
  }
}

/** All that the responder is told. Nothing of the person's own environment reaches it but the path to programs. */
export function toEnvironment({ folder, url, sandbox, secrets }: Setting): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOST: '127.0.0.1',
    PORT: new URL(url).port,
    PUBLIC_URL: url,
    LOG_LEVEL: 'info',
    RESPONDER_MODE: 'live',
    DATA_DIR: join(folder, 'data'),
    POLICY_FILE: join(folder, 'policy.yaml'),
    ALERTMANAGER_WEBHOOK_TOKENS: secrets.webhookToken,
    OPERATOR_TOKENS: `demo:${secrets.operatorToken}`,
    PAGERDUTY_API_URL: `${sandbox.url}/pagerduty`,
    PAGERDUTY_API_TOKEN: sandbox.pagerduty.settings.token,
    PAGERDUTY_FROM: sandbox.pagerduty.users.responder.email,
    PAGERDUTY_WEBHOOK_SECRETS: secrets.pagerdutyWebhook,
    SLACK_API_URL: `${sandbox.url}/slack/api/`,
    SLACK_BOT_TOKEN: `xoxb-${newSecret()}`,
    SLACK_SIGNING_SECRET: secrets.slackSigning,
    GITHUB_API_URL: `${sandbox.url}/github/api/v3`,
    GITHUB_REPOSITORY: DEFAULT_REPOSITORY,
    GITHUB_TOKEN: newSecret(),
    PROMETHEUS_URL: `${sandbox.url}/prometheus`,
    LOGS_KIND: 'logdna',
    LOGS_API_URL: `${sandbox.url}/logs`,
    LOGS_KEY: sandbox.logs.serviceKey,
    IBM_CLOUD_API_KEY: secrets.ibmCloudApiKey,
    IAM_URL: `${sandbox.url}/iam`,
    KEY_PROTECT_URL: `${sandbox.url}/key-protect/{region}`,
    HPCS_URL: `${sandbox.url}/key-protect/{instance}`,
    KUBERNETES_KUBECONFIG: join(folder, 'kubeconfig'),
  }
}

function newSecret(): string {
  return randomBytes(12).toString('hex')
}
