import type { ClientAuth, Configuration, CustomFetch } from 'openid-client'
import { z } from 'zod'
import { readBounded } from '../../clients/read-bounded.ts'
import { isLoopback, type OidcAccess } from '../../config/oidc-access.ts'
import { HttpError } from '../http-error.ts'

/** Seconds that one answer of the provider is waited for. */
const TIMEOUT_SECONDS = 8
/** Largest answer that is read: keys and tokens are some KB. */
const ANSWER_LIMIT_BYTES = 1_048_576

/** What a request that got no whole answer ends with. */
const NO_ANSWER: ReadonlySet<string> = new Set(['TimeoutError', 'AbortError', 'TypeError'])

/** What ties the answer of a provider to the browser that asked. */
export const Checks = z.object({ state: z.string(), nonce: z.string(), codeVerifier: z.string() })
export type Checks = z.infer<typeof Checks>

/** What an ID token says of a person, as far as it is looked at. */
export const Claims = z.object({
  sub: z.string().min(1),
  email: z.string().optional(),
  // Cognito writes it as text.
  email_verified: z.union([z.boolean(), z.stringbool()]).optional().catch(undefined),
  groups: z
    .union([z.array(z.string()), z.string().transform((group) => [group])])
    .optional()
    .catch(undefined),
})
export type Claims = z.infer<typeof Claims>

/** The organisation's sign-in. It is loaded and asked for its addresses when somebody first uses it. */
export interface OidcProvider {
  /** Where to send a browser, and what its answer must match. @throws HttpError `unavailable` */
  begin(): Promise<{ url: string; checks: Checks }>
  /**
   * What the provider vouches for, once its answer was checked: state, code with PKCE, signature, issuer, audience, nonce.
   * @throws HttpError `unavailable` when it can't be asked, `unauthorized` for an answer that does not hold.
   */
  finish(search: string, checks: Checks): Promise<Claims>
}

/** Source: OpenID Connect Core 1.0, authorization code flow; RFC 7636. */
export function createOidcProvider(
  access: OidcAccess,
  { timeoutSeconds = TIMEOUT_SECONDS }: { timeoutSeconds?: number } = {},
): OidcProvider {
  let discovered: Promise<Configuration> | null = null
  function configuration(): Promise<Configuration> {
    discovered ??= discover(access, timeoutSeconds).catch((error: unknown) => {
      discovered = null // Asked again the next time.
      throw new HttpError('unavailable', { cause: error })
    })
    return discovered
  }
  return {
    async begin() {
      const { buildAuthorizationUrl, calculatePKCECodeChallenge, ...random } = await import('openid-client')
      const checks = {
        state: random.randomState(),
        nonce: random.randomNonce(),
        codeVerifier: random.randomPKCECodeVerifier(),
      }
      const url = buildAuthorizationUrl(await configuration(), {
        redirect_uri: access.redirectUrl,
        scope: access.scopes,
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await calculatePKCECodeChallenge(checks.codeVerifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, checks }
    },
    async finish(search, { state, nonce, codeVerifier }) {
      const { authorizationCodeGrant } = await import('openid-client')
      const known = await configuration()
      const answer = new URL(access.redirectUrl)
      answer.search = search
      try {
        const tokens = await authorizationCodeGrant(known, answer, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: codeVerifier,
          idTokenExpected: true,
        })
        return Claims.parse(tokens.claims())
      } catch (error) {
        throw new HttpError(isOutage(error) ? 'unavailable' : 'unauthorized', { cause: error })
      }
    },
  }
}

async function discover(
  { issuer, clientId, clientSecret }: OidcAccess,
  timeoutSeconds: number,
): Promise<Configuration> {
  const client = await import('openid-client')
  // Read at each use, so that a rotated file counts.
  const authenticate: ClientAuth = (server, metadata, body, headers) => {
    const ways = server.token_endpoint_auth_methods_supported ?? []
    // By form wherever it is taken: of the escapes in a Basic header providers have several opinions.
    const isBasic = ways.includes('client_secret_basic') && !ways.includes('client_secret_post')
    const secret = clientSecret.read()
    return (isBasic ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret))(
      server,
      metadata,
      body,
      headers,
    )
  }
  const url = new URL(issuer)
  const isInsecure = url.protocol === 'http:' && isLoopback(url.hostname)
  return client.discovery(url, clientId, undefined, authenticate, {
    timeout: timeoutSeconds,
    [client.customFetch]: fetchBounded,
    // The signature is checked though the token comes straight from the provider: a proxy may stand between.
    execute: [client.enableNonRepudiationChecks, ...(isInsecure ? [client.allowInsecureRequests] : [])],
  })
}

/**
 * The library's request, whose deadline is in its signal and holds for the body too. A redirect is an error: a code or our
 * secret would travel on with it.
 */
const fetchBounded: CustomFetch = async (url, { body, ...init }) => {
  const response = await globalThis.fetch(url, { ...init, ...(body == null ? {} : { body }), redirect: 'error' })
  const whole = await readBounded(response, ANSWER_LIMIT_BYTES, () => new TypeError('the answer is too large'))
  return new Response(whole.byteLength === 0 ? null : whole, { status: response.status, headers: response.headers })
}

/** No answer at all, or one of a server that is sick. By their names: the errors of Node's own fetch need be no class of ours. */
function isOutage(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  const { name, cause } = error as { name?: unknown; cause?: unknown }
  if (cause instanceof Response) return cause.status >= 500
  return NO_ANSWER.has(String(name)) || isOutage(cause)
}
