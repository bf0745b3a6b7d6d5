import { createVerify, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { SandboxClock } from '../clock.ts'
import type { SandboxRequest } from '../upstream.ts'
import { GithubRefusal, notFound } from './refusal.ts'
import { toTime } from './render.ts'
import type { GithubUser } from './repository.ts'

/** Longest life of an app's JWT, and the clock skew it may be dated back by. Source: GitHub, JWT for a GitHub App. */
const MAX_JWT_SECONDS = 600
const JWT_SKEW_SECONDS = 60
const INSTALLATION_TOKEN_MS = 3_600_000

const jwtHeader = z.object({ alg: z.literal('RS256') })
const jwtPayload = z.object({ iss: z.union([z.string().min(1), z.number()]), iat: z.int(), exp: z.int() })
const narrowing = z.object({
  repositories: z.array(z.string()).optional(),
  permissions: z.record(z.string(), z.enum(['read', 'write', 'admin'])).optional(),
})

/** Who calls, and what they may do. */
export interface Caller {
  /** `app-user` acts for a person through an app; search is stricter with it. */
  kind: 'token' | 'installation' | 'app-user'
  user: GithubUser
  /** Names without owner; absent: all. */
  repositories?: readonly string[]
  canWriteIssues: boolean
  /** Of a classic token. */
  scopes?: readonly string[]
}

interface Installation {
  expiresAtMs: number
  repositories?: readonly string[]
  canWriteIssues: boolean
}

const TOKEN_USER: GithubUser = { login: 'kp-responder', id: 900_001, type: 'User' }
const APP_USER: GithubUser = { login: 'kp-responder[bot]', id: 900_002, type: 'Bot' }

/** Tokens: any non-empty one is good until a test says otherwise; `ghs_` tokens must have been issued here. */
export class Credentials {
  /** Installations that exist; undefined: any number does. */
  installations: readonly number[] | undefined
  /** Tokens are classic ones with these scopes; undefined: fine-grained, of which nothing is told. */
  scopes: readonly string[] | undefined
  /** PEM. With it the signature of a JWT is checked, without it the shape alone. */
  appPublicKey: string | undefined
  #accepted: ReadonlySet<string> | undefined
  readonly #issued = new Map<string, Installation>()
  readonly #clock: SandboxClock

  constructor(clock: SandboxClock) {
    this.#clock = clock
  }

  acceptOnly(tokens: readonly string[] | null): void {
    this.#accepted = tokens ? new Set(tokens) : undefined
  }

  /** @throws GithubRefusal 401. */
  identify(request: SandboxRequest): Caller {
    const token = readToken(request)
    if (token.split('.').length === 3) throw new GithubRefusal(401, 'Bad credentials')
    const installation = this.#issued.get(token)
    if (token.startsWith('ghs_')) {
      const isAlive = installation && installation.expiresAtMs > this.#clock.now().getTime()
      if (!isAlive) throw new GithubRefusal(401, 'Bad credentials')
      const { repositories, canWriteIssues } = installation
      return { kind: 'installation', user: APP_USER, canWriteIssues, ...(repositories && { repositories }) }
    }
    if (this.#accepted && !this.#accepted.has(token)) throw new GithubRefusal(401, 'Bad credentials')
    return {
      kind: token.startsWith('ghu_') ? 'app-user' : 'token',
      user: TOKEN_USER,
      canWriteIssues: true,
      ...(this.scopes && { scopes: this.scopes }),
    }
  }

  /** A new token for an hour. @throws GithubRefusal 401 or 404. */
  issue(request: SandboxRequest, installationId: number, body: unknown) {
    this.#checkJwt(readToken(request))
    if (this.installations && !this.installations.includes(installationId)) throw notFound()
    const asked = narrowing.safeParse(body ?? {})
    if (!asked.success) throw new GithubRefusal(422, 'Invalid request.')
    const { repositories, permissions } = asked.data
    const token = `ghs_${randomBytes(18).toString('hex')}`
    const expiresAtMs = this.#clock.now().getTime() + INSTALLATION_TOKEN_MS
    const canWriteIssues = permissions === undefined || permissions.issues === 'write'
    this.#issued.set(token, { expiresAtMs, canWriteIssues, ...(repositories && { repositories }) })
    return {
      token,
      expires_at: toTime(expiresAtMs),
      permissions: permissions ?? { issues: 'write', metadata: 'read' },
      repository_selection: repositories ? 'selected' : 'all',
    }
  }

  /** Every issued token is bad from now on. */
  revokeIssued(): void {
    this.#issued.clear()
  }

  reset(): void {
    this.installations = undefined
    this.scopes = undefined
    this.appPublicKey = undefined
    this.#accepted = undefined
    this.#issued.clear()
  }

  #checkJwt(token: string): void {
    const [head = '', payload = '', signature] = token.split('.')
    const header = jwtHeader.safeParse(decode(head))
    const claims = jwtPayload.safeParse(decode(payload))
    if (!signature || !header.success || !claims.success)
      throw new GithubRefusal(401, 'A JSON web token could not be decoded')
    const { iat, exp } = claims.data
    // A caller may live on real time while the sandbox's clock has jumped, so either "now" will do.
    const nows = [this.#clock.now().getTime(), Date.now()].map((ms) => ms / 1000)
    if (!nows.some((now) => exp > now))
      throw new GithubRefusal(
        401,
        "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
      )
    const isTooFar =
      !nows.some((now) => exp <= now + MAX_JWT_SECONDS + 1) || exp - iat > MAX_JWT_SECONDS + JWT_SKEW_SECONDS
    if (isTooFar) throw new GithubRefusal(401, "'Expiration time' claim ('exp') is too far in the future")
    if (!nows.some((now) => iat <= now + 1))
      throw new GithubRefusal(
        401,
        "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
      )
    if (!this.appPublicKey) return
    const verifier = createVerify('RSA-SHA256').update(`${head}.${payload}`)
    if (!verifier.verify(this.appPublicKey, signature, 'base64url'))
      throw new GithubRefusal(401, 'A JSON web token could not be decoded')
  }
}

function readToken(request: SandboxRequest): string {
  const header = request.headers.authorization
  if (!header) throw new GithubRefusal(401, 'Requires authentication')
  const token = /^(?:Bearer|token)\s+(\S+)$/i.exec(header)?.[1]
  if (token === undefined) throw new GithubRefusal(401, 'Bad credentials')
  return token
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
