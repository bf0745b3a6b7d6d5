import { createPrivateKey, sign } from 'node:crypto'
import { type GithubCredentials, toPem } from '../config/github-access.ts'
import { TransientError } from '../errors.ts'
import { safeEqual } from '../model/safe-equal.ts'
import { InstallationToken } from './github-schema.ts'
import type { SendToGithub } from './github-transport.ts'

/** An installation token is replaced this long before it ends (it lives an hour), in ms. */
const RENEW_BEFORE_MS = 300_000
/** Life of an app's JWT and how far back it is dated, in seconds. GitHub allows 600 and asks for 60. */
const JWT_SECONDS = 540
const JWT_BACK_SECONDS = 60

export interface GithubTokens {
  /** The token to send. @throws TransientError or TerminalError where there is none. */
  current(): Promise<string>
  /** Forgets a token that GitHub refused, so that the next call asks for another. */
  forget(): void
}

interface Known {
  /** The key that the token was asked for with: another one in its file makes it old. */
  privateKey: string
  answer: Promise<{ token: string; endsAtMs: number }>
}

/** The token of a user, or of an app's installation, asked for when needed and kept until shortly before it ends. */
export function createGithubTokens(
  credentials: GithubCredentials,
  { send, repository, now }: { send: SendToGithub; repository: string; now: () => number },
): GithubTokens {
  if (credentials.kind === 'token') return { current: async () => read(() => credentials.token.read()), forget() {} }
  const { appId, installationId, privateKey } = credentials
  let known: Known | null = null

  async function ask(key: string) {
    const { data } = await send({
      operation: 'get installation token',
      kind: 'token',
      schema: InstallationToken,
      bearer: async () => read(() => appToken(appId, key, now())),
      send: (octokit, wire) =>
        octokit.rest.apps.createInstallationAccessToken({
          installation_id: installationId,
          // No more than is needed: one repository, its issues.
          repositories: [repository.slice(repository.indexOf('/') + 1)],
          permissions: { issues: 'write' },
          request: wire,
        }),
    })
    return { token: data.token, endsAtMs: data.expires_at }
  }

  function askedWith(key: string): Known | null {
    return known !== null && safeEqual(known.privateKey, key) ? known : null
  }

  async function current(): Promise<string> {
    const key = read(() => privateKey.read())
    const before = askedWith(key)
    if (before) {
      const { token, endsAtMs } = await before.answer
      if (now() < endsAtMs - RENEW_BEFORE_MS) return token
      if (known === before) known = null
    }
    const renewed = askedWith(key)
    if (renewed) return (await renewed.answer).token
    // One question for all that wait; a failed one is forgotten.
    const asked: Known = { privateKey: key, answer: ask(key) }
    known = asked
    asked.answer.catch(() => {
      if (known === asked) known = null
    })
    return (await asked.answer).token
  }

  return {
    current,
    forget() {
      known = null
    },
  }
}

/** The JWT by which an app proves itself. Source: GitHub, "Generating a JSON Web Token for a GitHub App". */
function appToken(appId: string, privateKey: string, nowMs: number): string {
  const issuedAt = Math.floor(nowMs / 1_000) - JWT_BACK_SECONDS
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const claims = { iat: issuedAt, exp: issuedAt + JWT_BACK_SECONDS + JWT_SECONDS, iss: appId }
  const unsigned = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`
  const signature = sign('RSA-SHA256', Buffer.from(unsigned), createPrivateKey(toPem(privateKey)))
  return `${unsigned}.${signature.toString('base64url')}`
}

function read(secret: () => string): string {
  try {
    return secret()
  } catch {
    throw new TransientError('not-sent', 'GitHub: the credentials can not be read')
  }
}
