import type { FastifyRequest } from 'fastify'
import { readList, readOperators, type Secret } from '../config/secret.ts'
import { safeEqual } from '../model/safe-equal.ts'
import { readBearer } from './bearer.ts'
import { HttpError } from './http-error.ts'
import { type Accepts, isAccepted } from './media-type.ts'
import { checkHead } from './request-head.ts'
import type { ServerDeps } from './server-deps.ts'
import type { Admission, Operator, Session, Sessions } from './sessions.ts'
import { writeOrigin } from './write-origin.ts'

/** Who a route lets in. `slack` and `pagerduty`: the route verifies the sender's signature itself, over the bytes. */
export type RouteAuth = 'none' | 'alertmanager' | 'operator' | 'slack' | 'pagerduty'

declare module 'fastify' {
  interface FastifyContextConfig {
    auth?: RouteAuth
    /** What body the route takes; without it the door looks at none. */
    accepts?: Accepts
    /** The route answers with HTML. */
    isPage?: boolean
  }
  interface FastifyRequest {
    /** The operator's name, on routes that need one. */
    operatorName: string
    /** The session that the operator came with; null for a bearer token. */
    session: Session | null
  }
}

/**
 * Checks one request by what its route declares, in this order: the head, media type, encoding, declared
 * size, origin of a write, credential. A session is looked up in the store: only then there is something to wait for.
 * @throws HttpError for the first that does not hold.
 */
export type Door = (request: FastifyRequest) => void | Promise<void>

export function createDoor({ config, metrics, logger }: ServerDeps, sessions: Sessions, cookieName: string): Door {
  return function checkAtDoor(request) {
    checkHead(request.raw.rawHeaders)
    const { config: route, bodyLimit } = request.routeOptions
    if (route.accepts !== undefined) checkBodyHeaders(request, route.accepts, bodyLimit)
    try {
      return authenticate(request)?.catch((error: unknown) => refuse(request, error))
    } catch (error) {
      refuse(request, error)
    }
  }

  function refuse({ routeOptions: { url, config: route } }: FastifyRequest, error: unknown): never {
    const code = error instanceof HttpError ? error.code : 'internal'
    if (code === 'unauthorized' || code === 'forbidden' || code === 'unavailable') {
      metrics.countDoorRefusal(url ?? 'unknown', code)
      if (!route.isPage) logger.warn({ route: url, code }, 'request refused at the door')
    }
    throw error
  }

  function authenticate(request: FastifyRequest): Promise<void> | undefined {
    const { auth } = request.routeOptions.config
    switch (auth) {
      case 'none':
      case 'slack':
      case 'pagerduty':
        return undefined
      case 'alertmanager':
        authenticateAlertmanager(request)
        return undefined
      case 'operator':
        return authenticateOperator(request)
      case undefined:
        throw new HttpError('internal') // No route is registered without it.
      default: {
        const never: never = auth
        throw new Error(`unknown auth ${String(never)}`)
      }
    }
  }

  function authenticateAlertmanager(request: FastifyRequest): void {
    const tokens = readOrUnavailable(config.alertmanagerTokens, readList)
    const bearer = readBearer(request.raw.rawHeaders)
    // Each is compared, so that the time says nothing about which one matched.
    const matches = tokens.map((token) => safeEqual(token, bearer ?? ''))
    if (bearer === null || !matches.includes(true)) throw new HttpError('unauthorized')
  }

  function authenticateOperator(request: FastifyRequest): Promise<void> | undefined {
    const operators = readOrUnavailable(config.operatorTokens, readOperators)
    if (request.headers.authorization !== undefined) {
      const operator = findOperator(operators, readBearer(request.raw.rawHeaders) ?? '')
      if (!operator) throw new HttpError('unauthorized')
      request.operatorName = operator.name
      return undefined
    }
    const cookie = request.server.parseCookie(request.headers.cookie ?? '')[cookieName]
    if (cookie === undefined) throw new HttpError('unauthorized')
    return authenticateSession(request, cookie, { operators, oidc: config.oidc })
  }

  async function authenticateSession(request: FastifyRequest, cookie: string, admission: Admission): Promise<void> {
    const session = await sessions.find(cookie, admission)
    if (!session) throw new HttpError('unauthorized')
    if (isWrite(request.method)) checkOrigin(request, config.publicUrl)
    request.operatorName = session.name
    request.session = session
  }
}

/** The operator whom a token belongs to, or null. Every token is compared. */
export function findOperator(operators: readonly Operator[], token: string): Operator | null {
  return operators.filter((operator) => safeEqual(operator.token, token))[0] ?? null
}

/** What a secret holds. @throws HttpError `unavailable` when it can't be read or holds nothing. */
export function readOrUnavailable<T>(secret: Secret, read: (secret: Secret) => T[]): T[] {
  let values: T[]
  try {
    values = read(secret)
  } catch {
    throw new HttpError('unavailable')
  }
  if (values.length === 0) throw new HttpError('unavailable')
  return values
}

/**
 * @throws HttpError `forbidden` when a browser says that the write comes from another site's page, or does not say where
 * from to a route that is no form and so asks for no form token.
 */
export function checkOrigin({ headers, routeOptions }: FastifyRequest, publicUrl: string | null): void {
  const site = headers['sec-fetch-site']
  const secFetchSite = Array.isArray(site) ? site.join() : site
  const origin = writeOrigin({ origin: headers.origin, secFetchSite, host: headers.host }, publicUrl)
  const isForm = routeOptions.config.accepts === 'form'
  if (origin === 'foreign' || (origin === 'unsaid' && !isForm)) throw new HttpError('forbidden')
}

function checkBodyHeaders(request: FastifyRequest, accepts: Accepts, bodyLimit: number): void {
  const { headers } = request
  const length = Number(headers['content-length'] ?? 0)
  const hasBody = length > 0 || headers['transfer-encoding'] !== undefined
  if (!isAccepted(headers['content-type'], accepts, hasBody)) throw new HttpError('unsupported_media_type')
  if (headers['content-encoding'] !== undefined) throw new HttpError('unsupported_media_type')
  if (length > bodyLimit) throw new HttpError('payload_too_large')
}

function isWrite(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD'
}
