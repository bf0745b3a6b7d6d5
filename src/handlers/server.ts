import cookie from '@fastify/cookie'
import swagger from '@fastify/swagger'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { FiguresReader } from '../figures/figures-reader.ts'
import { alertmanagerRoute } from './alertmanager/route.ts'
import { createErrorAnswerer } from './answer-error.ts'
import { apiRoutes } from './api/routes.ts'
import { createConnectionErrorHandler, refuseOddConnections, watchAnswers } from './connection-error.ts'
import { cookiesOf } from './cookies.ts'
import { createDoor } from './door.ts'
import { healthRoutes } from './health-routes.ts'
import { HttpError } from './http-error.ts'
import { createKnownPaths } from './known-paths.ts'
import { pagerdutyRoute } from './pagerduty/route.ts'
import { pageRoutes } from './pages/routes.ts'
import { securityHeaders } from './security-headers.ts'
import type { ServerDeps } from './server-deps.ts'
import { SessionLedger } from './session-ledger.ts'
import { createSessions } from './sessions.ts'

export type { ServerDeps } from './server-deps.ts'

/** Milliseconds and bytes of one connection. */
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  // Node looks for slow connections this often; its own 30 s would leave them open that much longer.
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
  // Above the 60 s after which load balancers close an idle connection, so that they close first.
  keepAliveTimeout: 75_000,
  maxConnections: 1_000,
  // While the server closes: above the time that a store gets to answer, so that only requests which never end are cut.
  closeGrace: 5_000,
}

/** A path and a query. A whole address would be cut down to its path whatever host it names, and a fragment left out. */
const TARGET = /^\/[^#]*$/

/**
 * The HTTP surface, not listening yet. Routes load when it is made ready; one that does not say who may use it makes
 * that fail.
 */
export function createServer(deps: ServerDeps): FastifyInstance {
  const { config, logger } = deps
  const headers = securityHeaders(config.publicUrl)
  const cookies = cookiesOf(config.publicUrl)
  const ledger = new SessionLedger(deps.store, deps.now)
  const sessions = createSessions(ledger, deps.now)
  const figures = new FiguresReader(deps.store, deps.now)
  const checkAtDoor = createDoor(deps, sessions, cookies.sessionName)
  const answerError = createErrorAnswerer(logger, { headers, hasOidc: config.oidc !== null })
  const knownPaths = createKnownPaths()
  let isClosing = false

  // Fastify's own type for its logger, so that plugins written for any logger fit.
  const baseLogger: FastifyBaseLogger = logger
  const server = fastify({
    loggerInstance: baseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (parent) => parent, // Nothing is logged with the number of a request.
    return503OnClosing: false, // Its answer would lack our headers; the first hook answers instead.
    requestTimeout: LIMITS.requestTimeout,
    keepAliveTimeout: LIMITS.keepAliveTimeout,
    http: {
      headersTimeout: LIMITS.headersTimeout,
      connectionsCheckingInterval: LIMITS.connectionsCheckingInterval,
      maxHeaderSize: LIMITS.maxHeaderSize,
      requireHostHeader: false, // Likewise: the door asks for it.
    },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    clientErrorHandler: createConnectionErrorHandler(headers),
  })
  server.server.maxConnections = LIMITS.maxConnections
  refuseOddConnections(server.server, headers)
  watchAnswers(server.server)
  server.setValidatorCompiler(validatorCompiler)
  server.setSerializerCompiler(serializerCompiler)
  server.removeAllContentTypeParsers()
  server.setErrorHandler(answerError)
  server.decorateRequest('operatorName', '')
  server.decorateRequest('session', null)

  server.addHook('onRoute', (route) => {
    if (route.config?.auth === undefined) throw new Error(`route ${route.url} does not declare who may use it`)
    knownPaths.add(route.method, route.url)
  })
  // These run for every request: with a callback none of them waits for another turn.
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers)
    if (isClosing) throw new HttpError('unavailable')
    if (!TARGET.test(request.raw.url ?? '')) throw new HttpError('bad_request')
    if (request.is404) {
      // Here and not in a handler, since a body of any type would be looked at before that.
      const methods = knownPaths.methodsOf(request.url.split('?')[0] ?? '')
      if (methods.length === 0) throw new HttpError('not_found')
      reply.header('allow', methods.join(', '))
      throw new HttpError('method_not_allowed')
    }
    const lookup = checkAtDoor(request)
    if (lookup) lookup.then(() => done(), done)
    else done()
  })
  server.addHook('preClose', async () => {
    isClosing = true
    // Node looks for slow connections no more once it closes: one half-sent request would hold the end for ever.
    setTimeout(() => server.server.closeAllConnections(), LIMITS.closeGrace).unref()
  })
  server.addHook('onSend', (_request, reply, _payload, done) => {
    // Else a connection that got its answer while we close would hold the end of the process until it goes idle.
    if (isClosing) reply.header('connection', 'close')
    done()
  })

  server.register(cookie)
  server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'KP Events Responder',
        version: '1',
        description: 'Alert webhooks in, cases and their reasons out.',
      },
      components: {
        securitySchemes: {
          operator: { type: 'http', scheme: 'bearer', description: 'The token of an operator.' },
          alertmanager: { type: 'http', scheme: 'bearer', description: 'A webhook token.' },
        },
      },
    },
    transform: jsonSchemaTransform,
  })
  server.register(healthRoutes, deps)
  server.register(alertmanagerRoute, deps)
  if (config.pagerdutyWebhookSecrets)
    server.register(pagerdutyRoute, { ...deps, secrets: config.pagerdutyWebhookSecrets })
  server.register(apiRoutes, { ...deps, checkAtDoor, headers, figures })
  server.register(pageRoutes, { ...deps, sessions, ledger, cookies, figures })
  if (deps.slackPlugin) server.register(deps.slackPlugin)
  return server
}
