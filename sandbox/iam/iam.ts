import { randomUUID } from 'node:crypto'
import type { SandboxClock } from '../clock.ts'
import type { SandboxRequest, SandboxResponse, Upstream } from '../upstream.ts'

/** A service authorization, as an account's policy list shows it. */
export interface SandboxAuthorization {
  /** Account that made it: the target's. */
  account: string
  subject: Readonly<Record<string, string>>
  resource: Readonly<Record<string, string>>
  /** How the resource's attributes are compared. Default `stringEquals`. */
  operators?: Readonly<Record<string, 'stringMatch' | 'stringExists'>>
  /** Names at the end of the roles' CRNs. Default: Reader. */
  roles?: readonly string[]
  /** Default `authorization`. */
  type?: 'authorization' | 'access'
}

interface ApiKey {
  /** Accounts whose policies it may read; of the others it is shown none. */
  accounts: ReadonlySet<string>
}

const TOKEN_SECONDS = 3_600
/** Small, so that every list of more than two policies has pages. */
const PAGE_SIZE = 2

/** IBM Cloud IAM: tokens of API keys, and the policies of accounts. */
export class IamSandbox implements Upstream {
  readonly name = 'iam'
  readonly prefix = '/iam'
  readonly #clock: SandboxClock
  readonly #keys = new Map<string, ApiKey>()
  readonly #tokens = new Map<string, { key: string; endsAtMs: number }>()
  readonly #policies: (SandboxAuthorization & { id: string })[] = []

  constructor({ clock }: { clock: SandboxClock }) {
    this.#clock = clock
  }

  /** An API key that may read the policies of these accounts. */
  addApiKey(key: string, accounts: readonly string[] = []): void {
    this.#keys.set(key, { accounts: new Set(accounts) })
  }

  addAuthorization(authorization: SandboxAuthorization): void {
    this.#policies.push({ ...authorization, id: randomUUID() })
  }

  /** Takes away every authorization for which the function holds, as an administrator may. */
  removeAuthorizations(isMeant: (authorization: SandboxAuthorization) => boolean): void {
    const kept = this.#policies.filter((policy) => !isMeant(policy))
    this.#policies.splice(0, this.#policies.length, ...kept)
  }

  /** Ends every token at once. */
  revokeTokens(): void {
    this.#tokens.clear()
  }

  /** Whether a header `Authorization: Bearer TOKEN` holds a token that lives: the other services of the cloud ask. */
  accepts(authorization: string | undefined): boolean {
    return this.#keyOf(authorization) !== null
  }

  async handle({ method, path, query, headers, rawBody }: SandboxRequest): Promise<SandboxResponse> {
    if (method === 'POST' && path === '/identity/token') return this.#token(new URLSearchParams(rawBody))
    if (method === 'GET' && path === '/v1/policies') return this.#list(query, headers.authorization)
    return { status: 404, body: { errorCode: 'BXNIM0130E', errorMessage: 'Not found' } }
  }

  snapshot(): unknown {
    return { apiKeys: this.#keys.size, policies: this.#policies }
  }

  reset(): void {
    this.#keys.clear()
    this.#tokens.clear()
    this.#policies.length = 0
  }

  #token(form: URLSearchParams): SandboxResponse {
    const key = form.get('apikey') ?? ''
    if (form.get('grant_type') !== 'urn:ibm:params:oauth:grant-type:apikey')
      return { status: 400, body: { errorCode: 'BXNIM0137E', errorMessage: 'grant type is not supported' } }
    if (!this.#keys.has(key))
      return { status: 400, body: { errorCode: 'BXNIM0415E', errorMessage: 'Provided API key could not be found.' } }
    const token = `sandbox-token-${randomUUID()}`
    const nowMs = this.#clock.now().getTime()
    this.#tokens.set(token, { key, endsAtMs: nowMs + TOKEN_SECONDS * 1_000 })
    const expiration = Math.floor(nowMs / 1_000) + TOKEN_SECONDS
    return {
      status: 200,
      body: {
        access_token: token,
        refresh_token: 'not_supported',
        token_type: 'Bearer',
        expires_in: TOKEN_SECONDS,
        expiration,
      },
    }
  }

  /** An account that the caller may not read has an empty list, not a refusal. */
  #list(query: URLSearchParams, authorization: string | undefined): SandboxResponse {
    const key = this.#keyOf(authorization)
    if (!key) return { status: 401, body: { errors: [{ code: 'invalid_token', message: 'The token is not valid' }] } }
    const account = query.get('account_id')
    if (!account) return { status: 400, body: { errors: [{ code: 'invalid_parameter', message: 'account_id' }] } }
    const type = query.get('type')
    const listed = this.#policies.filter(
      (policy) =>
        policy.account === account &&
        key.accounts.has(account) &&
        (type === null || (policy.type ?? 'authorization') === type),
    )
    const from = Number(query.get('start') ?? 0)
    const size = Math.min(PAGE_SIZE, Number(query.get('limit') ?? PAGE_SIZE))
    const to = from + size
    return {
      status: 200,
      body: {
        limit: size,
        ...(to < listed.length && { next: { href: `${this.prefix}/v1/policies?start=${to}`, start: String(to) } }),
        policies: listed.slice(from, to).map(toPolicy),
      },
    }
  }

  #keyOf(authorization: string | undefined): ApiKey | null {
    const token = this.#tokens.get(/^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '')
    if (!token || token.endsAtMs <= this.#clock.now().getTime()) return null
    return this.#keys.get(token.key) ?? null
  }
}

function toPolicy(policy: SandboxAuthorization & { id: string }): Record<string, unknown> {
  const attributes = (of: Readonly<Record<string, string>>, hasOperator: boolean) =>
    Object.entries(of).map(([name, value]) => {
      const operator = policy.operators?.[name] ?? 'stringEquals'
      return { name, value, ...(hasOperator && { operator }) }
    })
  return {
    id: policy.id,
    type: policy.type ?? 'authorization',
    state: 'active',
    subjects: [{ attributes: attributes(policy.subject, false) }],
    resources: [{ attributes: attributes({ accountId: policy.account, ...policy.resource }, true) }],
    roles: (policy.roles ?? ['Reader']).map((role) => ({
      role_id: `crn:v1:bluemix:public:iam::::serviceRole:${role}`,
      display_name: role,
    })),
    created_at: '2024-08-01T00:00:00.000Z',
  }
}
