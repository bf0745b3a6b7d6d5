import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export const CLIENT_ID = 'kp-responder'
export const CLIENT_SECRET = 'client-secret-0123456789'

/** What the next person who comes is, and what the provider gets wrong. */
export interface ProviderSettings {
  claims: Record<string, unknown>
  /** Signs with a key that it does not publish. */
  isForged: boolean
  /** Leaves these as they would be for another sign-in. */
  nonce: string | null
  audience: string
  refuses: boolean
  isSick: boolean
  /** What it does at a path in place of an answer. */
  instead: Record<string, (response: ServerResponse) => void>
}

export interface OidcProvider {
  readonly issuer: string
  readonly settings: ProviderSettings
  close(): Promise<void>
}

/**
 * A provider on loopback that asks nobody anything: the authorization endpoint sends every browser straight back. It
 * checks the redirect address, the client's secret, the code (once) and PKCE, as a real one does.
 */
export async function startOidcProvider(redirectUrl: string): Promise<OidcProvider> {
  const [{ publicKey, privateKey }, forged] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }
  const settings: ProviderSettings = {
    claims: { sub: 'u-1', email: 'Ann@example.com', email_verified: true },
    isForged: false,
    nonce: null,
    audience: CLIENT_ID,
    refuses: false,
    isSick: false,
    instead: {},
  }
  const codes = new Map<string, { nonce: string; challenge: string }>()
  let issuer = ''

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const isAsked =
      query.get('client_id') === CLIENT_ID &&
      query.get('redirect_uri') === redirectUrl &&
      query.get('response_type') === 'code' &&
      query.get('code_challenge_method') === 'S256'
    if (!isAsked) return void response.writeHead(400).end('not asked as a client asks')
    const back = new URL(redirectUrl)
    back.searchParams.set('state', query.get('state') ?? '')
    if (settings.refuses) back.searchParams.set('error', 'access_denied')
    else {
      const code = randomUUID()
      codes.set(code, { nonce: query.get('nonce') ?? '', challenge: query.get('code_challenge') ?? '' })
      back.searchParams.set('code', code)
    }
    response.writeHead(302, { location: back.href }).end()
  }

  async function giveToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request))
    const code = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const isClient = form.get('client_id') === CLIENT_ID && form.get('client_secret') === CLIENT_SECRET
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (!isClient || !code || verifier !== code.challenge) return answer(response, 400, { error: 'invalid_grant' })
    const idToken = await new SignJWT({ ...settings.claims, nonce: settings.nonce ?? code.nonce })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setIssuer(issuer)
      .setAudience(settings.audience)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(settings.isForged ? forged.privateKey : privateKey)
    answer(response, 200, { access_token: 'a', token_type: 'Bearer', expires_in: 300, id_token: idToken })
  }

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', issuer)
    const instead = settings.instead[pathname]
    if (instead) return instead(response)
    if (settings.isSick) return void response.writeHead(503).end()
    if (pathname === '/authorize') return authorize(searchParams, response)
    if (pathname === '/token') return void giveToken(request, response)
    if (pathname === '/jwks') return answer(response, 200, { keys: [jwk] })
    if (pathname !== '/.well-known/openid-configuration') return void response.writeHead(404).end()
    answer(response, 200, {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  issuer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return {
    issuer,
    settings,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
