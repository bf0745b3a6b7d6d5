import { z } from 'zod'
import { LOGS_KINDS } from './further-sources.ts'

const url = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })
const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a port number up to 65535')

/** The variables that are no secrets. Source: PRODUCT.md section 3, Configuration. */
export const environmentSchema = z.object({
  HOST: z.string().default('0.0.0.0'),
  PORT: port.default(8080),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  PUBLIC_URL: url.optional(),
  RESPONDER_MODE: z.enum(['shadow', 'approve', 'live']).default('shadow'),
  DATA_DIR: z.string().default('./data'),
  POLICY_FILE: z.string().optional(),
  ALERTMANAGER_URL: url.optional(),
  PROMETHEUS_URL: url.optional(),
  LOGS_KIND: z.enum(LOGS_KINDS).optional(),
  LOGS_API_URL: url.optional(),
  PAGERDUTY_API_URL: url.default('https://api.pagerduty.com'),
  PAGERDUTY_FROM: z.email({ error: 'must be the e-mail address of the PagerDuty user that acts' }).optional(),
  SLACK_API_URL: url.default('https://slack.com/api/'),
  GITHUB_API_URL: url.default('https://api.github.com'),
  GITHUB_REPOSITORY: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/, 'must be owner/name')
    .optional(),
  GITHUB_APP_ID: z
    .string()
    .regex(/^[A-Za-z0-9.]+$/, "must be the app's id or client id")
    .optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional(),
  OTEL_SERVICE_NAME: z.string().default('kp-events-responder'),
  IAM_URL: url.default('https://iam.cloud.ibm.com'),
  IBM_CLOUD_SOURCES: z.string().optional(),
  KEY_PROTECT_URL: z.string().optional(),
  HPCS_URL: z.string().optional(),
  KUBERNETES_KUBECONFIG: z.string().optional(),
  KUBERNETES_IN_CLUSTER: z.enum(['true', 'false'], { error: 'must be true or false' }).default('false'),
  KUBERNETES_CARRIER: z.string().optional(),
  KUBERNETES_SERVICE_HOST: z.string().optional(),
  KUBERNETES_SERVICE_PORT: z.string().optional(),
  OIDC_ISSUER: url.optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_OPERATORS: z.string().optional(),
  OIDC_SCOPES: z.string().default('openid email profile'),
  GITHUB_APP_INSTALLATION_ID: z
    .string()
    .regex(/^\d{1,15}$/, 'must be a number')
    .optional(),
})

export type Variables = z.infer<typeof environmentSchema>
