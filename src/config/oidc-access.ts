import type { Secret } from './secret.ts'

/** The organisation's own sign-in, beside the operators' tokens. */
export interface OidcAccess {
  issuer: string
  clientId: string
  clientSecret: Secret
  /** Space-separated. */
  scopes: string
  /** Who may: `ann@example.com`, `group:NAME` or `sub:ID`. */
  operators: readonly string[]
  /** Where the provider sends people back to. */
  redirectUrl: string
}

/** What the environment says of it, as checked by its own rule each. */
interface OidcVariables {
  issuer: string | undefined
  clientId: string | undefined
  clientSecret: Secret | null
  scopes: string
  operators: string | undefined
  publicUrl: string | undefined
}

const OPERATOR = /^(?:group:|sub:)?\S(?:.{0,198}\S)?$/

/** The sign-in's access, or null where there is none; whatever is missing or wrong joins the faults. */
export function toOidcAccess(given: OidcVariables, faults: string[]): OidcAccess | null {
  const { issuer, clientId, clientSecret, publicUrl, scopes } = given
  const isWanted =
    issuer !== undefined || clientId !== undefined || clientSecret !== null || given.operators !== undefined
  if (!isWanted) return null
  if (issuer === undefined) faults.push('OIDC_ISSUER: is required for the sign-in by OIDC: the address of the provider')
  else if (!isSafe(issuer)) faults.push('OIDC_ISSUER: must be an https URL: what it says lets people in')
  if (clientId === undefined) faults.push('OIDC_CLIENT_ID: is required with OIDC_ISSUER')
  if (!clientSecret) faults.push('OIDC_CLIENT_SECRET: is required with OIDC_ISSUER, or OIDC_CLIENT_SECRET_FILE')
  if (publicUrl === undefined)
    faults.push('PUBLIC_URL: is required with OIDC_ISSUER: the provider sends people back to it')
  if (!scopes.split(' ').includes('openid')) faults.push('OIDC_SCOPES: must name openid')
  const operators = toOperators(given.operators ?? '')
  if (operators.length === 0) faults.push('OIDC_OPERATORS: is required with OIDC_ISSUER: who may sign in')
  const wrong = operators.filter((entry) => !isOperator(entry))
  if (wrong.length > 0) faults.push('OIDC_OPERATORS: must be a comma list of e-mail addresses, group:NAME or sub:ID')
  if (issuer === undefined || clientId === undefined || !clientSecret || publicUrl === undefined) return null
  const redirectUrl = `${publicUrl.replace(/\/+$/, '')}/sign-in/callback`
  return { issuer, clientId, clientSecret, scopes, operators, redirectUrl }
}

/** Addresses count whatever their case; groups and subjects are another's words and are left as they are. */
function toOperators(list: string): string[] {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => (isPrefixed(entry) ? entry : entry.toLowerCase()))
}

function isOperator(entry: string): boolean {
  return OPERATOR.test(entry) && (isPrefixed(entry) || /^[^\s@]+@[^\s@]+$/.test(entry))
}

function isPrefixed(entry: string): boolean {
  return entry.startsWith('group:') || entry.startsWith('sub:')
}

/** By TLS, or on this machine. What is no URL at all has its own fault. */
function isSafe(issuer: string): boolean {
  if (!URL.canParse(issuer)) return true
  const { protocol, hostname } = new URL(issuer)
  return protocol === 'https:' || isLoopback(hostname)
}

/** Whether a host name is this machine's own. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}
