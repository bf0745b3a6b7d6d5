import { ConfigError } from '../errors.ts'
import { type EtcdConfig, readEtcdConfig } from './etcd-access.ts'
import { type FurtherSources, toFurtherSources } from './further-sources.ts'
import { type GithubAccess, toGithubAccess } from './github-access.ts'
import { type IbmCloudAccess, toIbmCloudAccess } from './ibm-cloud-access.ts'
import { type KubernetesAccess, toKubernetesAccess } from './kubernetes-access.ts'
import { type OidcAccess, toOidcAccess } from './oidc-access.ts'
import { openPolicy } from './policy-file.ts'
import type { PolicySource } from './policy-source.ts'
import { type Secret, secretFromFile, secretFromValue } from './secret.ts'
import { heartbeatFaults, isEmptyList, isRedisUrl, operatorFaults } from './secret-faults.ts'
import { type TracesAccess, toTracesAccess } from './traces-access.ts'
import { environmentSchema, type Variables } from './variables.ts'

/** Everything the process is told from outside, checked. Secrets are read at use, so that a rotated file counts. */
export interface Config {
  host: string
  port: number
  logLevel: Variables['LOG_LEVEL']
  /** Without a trailing slash; null where people have no address for the dashboard. */
  publicUrl: string | null
  /** Seeds an empty store only. */
  seedMode: 'shadow' | 'approve' | 'live'
  dataDir: string
  /** Null where the state is kept in `dataDir`. A secret: it may hold a password. */
  redisUrl: Secret | null
  policy: PolicySource
  alertmanagerTokens: Secret
  operatorTokens: Secret
  /** Null where people sign in with a token alone. */
  oidc: OidcAccess | null
  /** Without a trailing slash; null where the sweep has no Alertmanager to ask. */
  alertmanagerUrl: string | null
  /** A comma list; null where PagerDuty sends no webhooks and their route is off. */
  pagerdutyWebhookSecrets: Secret | null
  pagerduty: { apiUrl: string; token: Secret; from: string } | null
  slack: {
    apiUrl: string
    botToken: Secret
    /** Null where Slack is not searched: it refuses search.messages to bots. */
    userToken: Secret | null
    signingSecret: Secret | null
    /** Null where Slack reaches us by HTTP; else events, buttons and commands come through a socket that we open. */
    appToken: Secret | null
  } | null
  etcd: EtcdConfig | null
  /** Null where no issues are opened. */
  github: GithubAccess | null
  /** Null where no source of IBM Cloud is asked. */
  ibmCloud: IbmCloudAccess | null
  /** Null where no hub is looked at. */
  kubernetes: KubernetesAccess | null
  /** Pinged while the pipeline provably works; null where nobody is. */
  heartbeatUrl: Secret | null
  /** Null where no traces are sent. */
  traces: TracesAccess | null
  /** What is looked up beside the evidence. */
  further: FurtherSources
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The configuration of an environment, frozen. This is the only reader of the environment and of the policy file.
 * @throws ConfigError with every fault at once, each with the name of its variable.
 */
export function readConfig(environment: Environment): Config {
  const faults: string[] = []
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = environmentSchema.safeParse(given)
  if (!parsed.success) faults.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  const secret = (name: string): Secret | null => readSecret(given, name, faults)

  if (given.NODE_TLS_REJECT_UNAUTHORIZED === '0')
    faults.push(
      'NODE_TLS_REJECT_UNAUTHORIZED: must not be 0: nobody would know whom the tokens are sent to; name your authorities in NODE_EXTRA_CA_CERTS',
    )

  const alertmanagerTokens = secret('ALERTMANAGER_WEBHOOK_TOKENS')
  if (!alertmanagerTokens)
    faults.push(
      'ALERTMANAGER_WEBHOOK_TOKENS: is required: the bearer token that Alertmanager sends, or ALERTMANAGER_WEBHOOK_TOKENS_FILE',
    )
  else if (isEmptyList(alertmanagerTokens)) faults.push('ALERTMANAGER_WEBHOOK_TOKENS: holds no token')
  const operatorTokens = secret('OPERATOR_TOKENS')
  if (!operatorTokens)
    faults.push('OPERATOR_TOKENS: is required: name:token for each operator, or OPERATOR_TOKENS_FILE')
  else faults.push(...operatorFaults(operatorTokens))

  const pagerdutyToken = secret('PAGERDUTY_API_TOKEN')
  const from = given.PAGERDUTY_FROM
  if (pagerdutyToken && !from)
    faults.push('PAGERDUTY_FROM: is required with PAGERDUTY_API_TOKEN: the e-mail address of the user that acts')
  if (given.RESPONDER_MODE === 'live' && !pagerdutyToken)
    faults.push('PAGERDUTY_API_TOKEN: is required when RESPONDER_MODE is live')
  const pagerdutyWebhookSecrets = secret('PAGERDUTY_WEBHOOK_SECRETS')
  if (pagerdutyWebhookSecrets && isEmptyList(pagerdutyWebhookSecrets))
    faults.push('PAGERDUTY_WEBHOOK_SECRETS: holds no secret')
  const slackToken = secret('SLACK_BOT_TOKEN')
  const userToken = secret('SLACK_USER_TOKEN')
  if (userToken && !slackToken)
    faults.push('SLACK_BOT_TOKEN: is required with SLACK_USER_TOKEN: what a search finds is read again with it')
  const signingSecret = secret('SLACK_SIGNING_SECRET')
  if (signingSecret && isEmptyList(signingSecret)) faults.push('SLACK_SIGNING_SECRET: holds no secret')
  const appToken = secret('SLACK_APP_TOKEN')
  if (appToken && !slackToken)
    faults.push('SLACK_BOT_TOKEN: is required with SLACK_APP_TOKEN: answers are given with it')
  const redisUrl = secret('REDIS_URL')
  if (redisUrl && !isRedisUrl(redisUrl)) faults.push('REDIS_URL: must be a redis:// or rediss:// URL')
  const traces = toTracesAccess(
    {
      endpoint: given.OTEL_EXPORTER_OTLP_ENDPOINT,
      headers: secret('OTEL_EXPORTER_OTLP_HEADERS'),
      serviceName: parsed.data?.OTEL_SERVICE_NAME ?? '',
    },
    faults,
  )
  const heartbeatUrl = secret('HEARTBEAT_URL')
  faults.push(...heartbeatFaults(heartbeatUrl))
  const password = secret('ETCD_PASSWORD')
  const policy = openPolicy(given.POLICY_FILE, {
    faults,
    check(later) {
      const found: string[] = []
      readEtcdConfig(given, { password, policy: later.etcd, faults: found })
      return found
    },
  })
  const etcd = readEtcdConfig(given, { password, policy: policy.current().etcd, faults })
  const oidc = toOidcAccess(
    {
      issuer: given.OIDC_ISSUER,
      clientId: given.OIDC_CLIENT_ID,
      clientSecret: secret('OIDC_CLIENT_SECRET'),
      scopes: parsed.data?.OIDC_SCOPES ?? 'openid',
      operators: given.OIDC_OPERATORS,
      publicUrl: given.PUBLIC_URL,
    },
    faults,
  )
  const github = toGithubAccess(
    {
      apiUrl: parsed.data?.GITHUB_API_URL ?? '',
      repository: given.GITHUB_REPOSITORY,
      appId: given.GITHUB_APP_ID,
      installationId: given.GITHUB_APP_INSTALLATION_ID,
      token: secret('GITHUB_TOKEN'),
      privateKey: secret('GITHUB_APP_PRIVATE_KEY'),
    },
    faults,
  )

  const further = toFurtherSources(
    {
      prometheusUrl: given.PROMETHEUS_URL,
      logsKind: parsed.data?.LOGS_KIND,
      logsUrl: given.LOGS_API_URL,
      logsKey: secret('LOGS_KEY'),
      iamUrl: parsed.data?.IAM_URL ?? '',
    },
    faults,
  )
  const ibmCloud = toIbmCloudAccess(
    {
      iamUrl: parsed.data?.IAM_URL ?? '',
      apiKey: secret('IBM_CLOUD_API_KEY'),
      sources: given.IBM_CLOUD_SOURCES,
      keyProtectUrl: given.KEY_PROTECT_URL,
      hpcsUrl: given.HPCS_URL,
    },
    faults,
  )
  const kubernetes = toKubernetesAccess(
    {
      kubeconfig: given.KUBERNETES_KUBECONFIG,
      isInCluster: given.KUBERNETES_IN_CLUSTER === 'true',
      carrier: given.KUBERNETES_CARRIER,
      host: given.KUBERNETES_SERVICE_HOST,
      port: given.KUBERNETES_SERVICE_PORT,
    },
    faults,
  )

  if (faults.length > 0 || !parsed.success || !alertmanagerTokens || !operatorTokens) throw new ConfigError(faults)
  const values = parsed.data
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    publicUrl: values.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    seedMode: values.RESPONDER_MODE,
    dataDir: values.DATA_DIR,
    redisUrl,
    policy,
    alertmanagerTokens,
    operatorTokens,
    oidc,
    alertmanagerUrl: values.ALERTMANAGER_URL?.replace(/\/+$/, '') ?? null,
    pagerdutyWebhookSecrets,
    pagerduty:
      pagerdutyToken && values.PAGERDUTY_FROM
        ? { apiUrl: values.PAGERDUTY_API_URL.replace(/\/+$/, ''), token: pagerdutyToken, from: values.PAGERDUTY_FROM }
        : null,
    slack: slackToken
      ? { apiUrl: values.SLACK_API_URL.replace(/\/*$/, '/'), botToken: slackToken, userToken, signingSecret, appToken }
      : null,
    etcd,
    github,
    heartbeatUrl,
    traces,
    ibmCloud,
    kubernetes,
    further,
  })
}

function readSecret(given: Environment, name: string, faults: string[]): Secret | null {
  const file = given[`${name}_FILE`]
  const value = given[name]
  if (file && value) faults.push(`${name}: is given twice: unset ${name} or ${name}_FILE`)
  if (!file) return value ? secretFromValue(value) : null
  const secret = secretFromFile(file)
  try {
    if (secret.read() === '') faults.push(`${name}_FILE: the file is empty`)
  } catch {
    faults.push(`${name}_FILE: the file can't be read`)
  }
  return secret
}
