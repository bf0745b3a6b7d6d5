import { createVerify } from 'node:crypto'
import { pino } from 'pino'
import { createGithubClient } from '../../src/clients/github.ts'
import { ping } from '../../src/clients/heartbeat-ping.ts'
import { createIamTokens } from '../../src/clients/iam-token.ts'
import { PagerdutyClient } from '../../src/clients/pagerduty.ts'
import { createSlackClient } from '../../src/clients/slack.ts'
import { createSlackSearch } from '../../src/clients/slack-search.ts'
import type { Config } from '../../src/config/config.ts'
import { connectLogs } from '../../src/connect-further.ts'
import { createOidcProvider } from '../../src/handlers/oidc/provider.ts'
import { SlackSocket } from '../../src/handlers/slack/socket.ts'
import { openOtel } from '../../src/telemetry/otel.ts'
import type { SeenRequest } from '../support/answering-server.ts'
import { APP_KEYS, PUBLIC_KEYS } from './app-keys.ts'

/** One secret that we send, in its file. */
export interface Outbound {
  variable: string
  /** What else the client is configured by; `URL` stands for the address of the upstream. */
  environment: Record<string, string>
  secrets: readonly [before: string, after: string]
  /** The client as the service makes it, once: each call of it asks the upstream; `stop` where it goes on by itself. */
  open: (config: Config) => { call: () => Promise<unknown>; stop?: () => Promise<void> }
  /** The secret that a request was proved with; undefined for a request that is not about it. */
  provedWith: (request: SeenRequest, secrets: readonly string[]) => string | undefined
}

const now = Date.now
const logger = pino({ level: 'silent' })
const QUESTION = { term: null, app: null, fromMs: 0, toMs: 1, limit: 1 }
const given = <T>(value: T | null): T => {
  if (value === null) throw new Error('is not configured')
  return value
}

/** The secret that stands in a header, alone or behind a scheme. */
const inHeader =
  (name = 'authorization') =>
  ({ headers }: SeenRequest, secrets: readonly string[]) =>
    secrets.find((secret) => String(headers[name]).includes(secret))
const inBody = ({ body }: SeenRequest, secrets: readonly string[]) => secrets.find((secret) => body.includes(secret))

function signedWith({ url, headers }: SeenRequest): string | undefined {
  if (!url.endsWith('/access_tokens')) return undefined
  const [head = '', claims = '', signature = ''] = String(headers.authorization).replace('Bearer ', '').split('.')
  const index = PUBLIC_KEYS.findIndex((key) =>
    createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(key, signature, 'base64url'),
  )
  return APP_KEYS[index]
}

export const OUTBOUND: Outbound[] = [
  {
    variable: 'PAGERDUTY_API_TOKEN',
    environment: { PAGERDUTY_API_URL: 'URL', PAGERDUTY_FROM: 'responder@example.com' },
    secrets: ['pd-old', 'pd-new'],
    open(config) {
      const { token, apiUrl, from } = given(config.pagerduty)
      const client = new PagerdutyClient({ apiUrl, from, token: () => token.read(), now })
      return { call: () => client.userByEmail(from) }
    },
    provedWith: inHeader(),
  },
  {
    variable: 'SLACK_BOT_TOKEN',
    environment: { SLACK_API_URL: 'URL' },
    secrets: ['xoxb-old', 'xoxb-new'],
    open(config) {
      const client = createSlackClient({ ...given(config.slack), now, logger })
      return { call: () => client.authTest() }
    },
    provedWith: inHeader(),
  },
  {
    variable: 'SLACK_USER_TOKEN',
    environment: { SLACK_API_URL: 'URL', SLACK_BOT_TOKEN: 'xoxb-1' },
    secrets: ['xoxp-old', 'xoxp-new'],
    open(config) {
      const { apiUrl, userToken } = given(config.slack)
      const search = createSlackSearch({ apiUrl, userToken: given(userToken), now })
      return { call: () => search.findMessages('C1', 'phrase') }
    },
    provedWith: inHeader(),
  },
  {
    variable: 'SLACK_APP_TOKEN',
    environment: { SLACK_API_URL: 'URL', SLACK_BOT_TOKEN: 'xoxb-1' },
    secrets: ['xapp-old', 'xapp-new'],
    open(config) {
      const { apiUrl, botToken, appToken } = given(config.slack)
      const socket = new SlackSocket({
        apiUrl,
        botToken,
        appToken: given(appToken),
        logger,
        metrics: { countSlackSocket() {} },
        sink: { async messageSeen() {}, async messageDeleted() {}, async channelChanged() {} },
      })
      let isStarted = false
      return {
        // It opens itself anew for as long as it can't be open.
        async call() {
          if (!isStarted) socket.start()
          isStarted = true
        },
        stop: () => socket.stop(),
      }
    },
    provedWith: inHeader(),
  },
  {
    variable: 'GITHUB_TOKEN',
    environment: { GITHUB_API_URL: 'URL', GITHUB_REPOSITORY: 'acme/kp' },
    secrets: ['ghp-old', 'ghp-new'],
    open(config) {
      const client = createGithubClient({ ...given(config.github), now })
      return { call: () => client.repository() }
    },
    provedWith: inHeader(),
  },
  {
    variable: 'GITHUB_APP_PRIVATE_KEY',
    environment: {
      GITHUB_API_URL: 'URL',
      GITHUB_REPOSITORY: 'acme/kp',
      GITHUB_APP_ID: '1',
      GITHUB_APP_INSTALLATION_ID: '2',
    },
    secrets: APP_KEYS,
    open(config) {
      const client = createGithubClient({ ...given(config.github), now })
      return { call: () => client.repository() }
    },
    provedWith: signedWith,
  },
  {
    variable: 'IBM_CLOUD_API_KEY',
    environment: { IAM_URL: 'URL' },
    secrets: ['ibm-old', 'ibm-new'],
    open(config) {
      const { apiKey, iamUrl } = given(config.ibmCloud)
      const tokens = createIamTokens({ url: iamUrl, apiKey, now })
      return { call: () => tokens.current() }
    },
    provedWith: inBody,
  },
  {
    variable: 'LOGS_KEY',
    environment: { LOGS_KIND: 'logdna', LOGS_API_URL: 'URL' },
    secrets: ['logs-old', 'logs-new'],
    open(config) {
      const client = connectLogs(given(config.further.logs), config, { metrics: null, now })
      return { call: () => client.search(QUESTION) }
    },
    provedWith: ({ headers }, secrets) =>
      secrets.find(
        (secret) => String(headers.authorization) === `Basic ${Buffer.from(`${secret}:`).toString('base64')}`,
      ),
  },
  {
    variable: 'LOGS_KEY',
    environment: { LOGS_KIND: 'ibm-cloud-logs', LOGS_API_URL: 'URL', IAM_URL: 'URL' },
    secrets: ['logs-old', 'logs-new'],
    open(config) {
      const client = connectLogs(given(config.further.logs), config, { metrics: null, now })
      return { call: () => client.search(QUESTION) }
    },
    provedWith: inBody,
  },
  {
    variable: 'HEARTBEAT_URL',
    environment: {},
    secrets: ['URL/old', 'URL/new'],
    open: (config) => ({ call: () => ping(given(config.heartbeatUrl), { now }) }),
    provedWith: ({ url }, secrets) => secrets.find((secret) => secret.endsWith(url)),
  },
  {
    variable: 'OIDC_CLIENT_SECRET',
    environment: {
      PUBLIC_URL: 'http://127.0.0.1:8080',
      OIDC_ISSUER: 'URL',
      OIDC_CLIENT_ID: 'responder',
      OIDC_OPERATORS: 'ann@example.com',
    },
    secrets: ['oidc-old', 'oidc-new'],
    open(config) {
      const provider = createOidcProvider(given(config.oidc))
      return {
        async call() {
          const { checks } = await provider.begin()
          await provider.finish(`?code=c&state=${checks.state}`, checks)
        },
      }
    },
    provedWith: inBody,
  },
  {
    variable: 'OTEL_EXPORTER_OTLP_HEADERS',
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: 'URL' },
    secrets: ['x-key=otel-old', 'x-key=otel-new'],
    open(config) {
      const tracing = openOtel(given(config.traces), () => {})
      return { call: () => tracing.span('look', {}, async () => {}), stop: () => tracing.stop() }
    },
    provedWith: ({ headers }, secrets) => secrets.find((secret) => secret === `x-key=${String(headers['x-key'])}`),
  },
]
