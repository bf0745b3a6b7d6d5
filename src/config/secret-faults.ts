import { readList, readOperators, type Secret } from './secret.ts'

/** True for a comma list with nothing in it. */
export function isEmptyList(secret: Secret): boolean {
  try {
    return readList(secret).length === 0
  } catch {
    return false // An unreadable file has its own fault.
  }
}

export function isRedisUrl(secret: Secret): boolean {
  try {
    return ['redis:', 'rediss:'].includes(new URL(secret.read()).protocol)
  } catch (error) {
    return !(error instanceof TypeError) // An unreadable file has its own fault.
  }
}

/** Faults of a `name:token` comma list. */
export function operatorFaults(secret: Secret): string[] {
  try {
    const entries = readList(secret).length
    const operators = readOperators(secret)
    if (operators.length === 0 || operators.length < entries)
      return ['OPERATOR_TOKENS: must be a comma list of name:token']
    const tokens = new Set(operators.map((operator) => operator.token))
    return tokens.size < operators.length
      ? ['OPERATOR_TOKENS: two operators share a token: the audit could not tell them apart']
      : []
  } catch {
    return []
  }
}

/** Faults of the heartbeat's address: it may hold a key in its path, so it is a secret and never quoted. */
export function heartbeatFaults(url: Secret | null): string[] {
  try {
    if (url === null || isHttpUrl(url.read())) return []
  } catch {
    return [] // An unreadable file has its own fault.
  }
  return ['HEARTBEAT_URL: must be an http or https URL']
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
}
