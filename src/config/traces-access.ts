import type { Secret } from './secret.ts'

/** Where traces are sent, and how we prove ourselves there. */
export interface TracesAccess {
  /** Of OTLP/HTTP's traces. */
  url: string
  serviceName: string
  /** Read at use, so that a rotated file counts. @throws Error when its file can't be read */
  headers(): Record<string, string>
}

/** The access, or null where no endpoint is named. Source: OpenTelemetry, "OTLP Exporter Configuration". */
export function toTracesAccess(
  { endpoint, headers, serviceName }: { endpoint: string | undefined; headers: Secret | null; serviceName: string },
  faults: string[],
): TracesAccess | null {
  if (endpoint === undefined) {
    if (headers) faults.push('OTEL_EXPORTER_OTLP_ENDPOINT: is required with OTEL_EXPORTER_OTLP_HEADERS')
    return null
  }
  if (headers && isMalformed(headers))
    faults.push('OTEL_EXPORTER_OTLP_HEADERS: must be a comma list of name=value, percent-encoded')
  return {
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    serviceName,
    headers: () => (headers ? toHeaders(headers.read()) : {}),
  }
}

function isMalformed(headers: Secret): boolean {
  let text: string
  try {
    text = headers.read()
  } catch {
    return false // An unreadable file has its own fault.
  }
  try {
    const names = Object.keys(toHeaders(text))
    return names.length < text.split(',').filter((part) => part.trim() !== '').length
  } catch {
    return true
  }
}

/** @throws URIError where a value is not percent-encoded as it should be */
function toHeaders(text: string): Record<string, string> {
  const entries = text.split(',').flatMap((part) => {
    const match = /^\s*([A-Za-z0-9_-]+)\s*=\s*(.+?)\s*$/.exec(part)
    return match ? [[match[1] ?? '', decodeURIComponent(match[2] ?? '')] as const] : []
  })
  return Object.fromEntries(entries)
}
