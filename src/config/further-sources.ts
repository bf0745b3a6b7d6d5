import type { Secret } from './secret.ts'

/** What holds the logs of the microservice. */
export const LOGS_KINDS = ['logdna', 'ibm-cloud-logs'] as const
export type LogsKind = (typeof LOGS_KINDS)[number]

export interface LogsAccess {
  kind: LogsKind
  /** Without a trailing slash. */
  apiUrl: string
  /** LogDNA: a service key. IBM Cloud Logs: an API key of a service ID that may read the logs. */
  key: Secret
  /** Where IBM Cloud Logs' tokens come from, without a trailing slash. */
  iamUrl: string
}

/** Sources that are looked up beside the evidence; null for each that is not configured. */
export interface FurtherSources {
  prometheusUrl: string | null
  logs: LogsAccess | null
}

/** Where LogDNA's successor Mezmo answers; IBM Cloud Logs has an address for each instance. */
const LOGDNA_URL = 'https://api.mezmo.com'

/** The access to each of these sources; whatever is missing or too much joins the faults. */
export function toFurtherSources(
  given: {
    prometheusUrl: string | undefined
    logsKind: LogsKind | undefined
    logsUrl: string | undefined
    logsKey: Secret | null
    iamUrl: string
  },
  faults: string[],
): FurtherSources {
  return { prometheusUrl: given.prometheusUrl?.replace(/\/+$/, '') ?? null, logs: toLogsAccess(given, faults) }
}

function toLogsAccess(
  { logsKind: kind, logsUrl, logsKey: key, iamUrl }: Parameters<typeof toFurtherSources>[0],
  faults: string[],
): LogsAccess | null {
  if (kind === undefined) {
    if (logsUrl !== undefined || key)
      faults.push('LOGS_KIND: is required with LOGS_API_URL and LOGS_KEY: logdna or ibm-cloud-logs')
    return null
  }
  const apiUrl = logsUrl ?? (kind === 'logdna' ? LOGDNA_URL : undefined)
  if (apiUrl === undefined)
    faults.push('LOGS_API_URL: is required with ibm-cloud-logs: https://INSTANCE.api.REGION.logs.cloud.ibm.com')
  if (!key) faults.push(`LOGS_KEY: is required with LOGS_KIND, or LOGS_KEY_FILE: ${KEY_OF[kind]}`)
  if (apiUrl === undefined || !key) return null
  return { kind, apiUrl: apiUrl.replace(/\/+$/, ''), key, iamUrl: iamUrl.replace(/\/+$/, '') }
}

const KEY_OF: Readonly<Record<LogsKind, string>> = {
  logdna: 'a service key',
  'ibm-cloud-logs': 'an API key of a service ID that may read the logs',
}
