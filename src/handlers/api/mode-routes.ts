import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Config } from '../../config/config.ts'
import { MODES, type ModeInForce } from '../../store/store.ts'
import { errorResponses } from '../error-schema.ts'
import { HttpError } from '../http-error.ts'
import type { ServerDeps } from '../server-deps.ts'

const Setting = z.object({
  mode: z.enum(MODES),
  paused: z.boolean(),
  /** Why shadow is in force until an operator sets the mode; left out otherwise. */
  frozenWhy: z.string().optional(),
  /** Why the policy file as it is now was refused; the one before is in force. Left out otherwise. */
  policyFaults: z.array(z.string()).optional(),
  /** What the policy file says differently from what is in force until a restart. Left out otherwise. */
  policyNeedsRestart: z.array(z.string()).optional(),
})
const Patch = z
  .strictObject({ mode: z.enum(MODES).optional(), paused: z.boolean().optional() })
  .refine(({ mode, paused }) => mode !== undefined || paused !== undefined)

function shown(setting: ModeInForce, { policy }: Pick<Config, 'policy'>): z.infer<typeof Setting> {
  const { faults, needsRestart } = policy.state()
  return {
    ...setting,
    ...(faults.length > 0 ? { policyFaults: [...faults] } : {}),
    ...(needsRestart.length > 0 ? { policyNeedsRestart: [...needsRestart] } : {}),
  }
}

/** `GET` and `PUT /api/mode`. */
export async function modeRoutes(scope: FastifyInstance, { operations, config }: ServerDeps): Promise<void> {
  const routes = scope.withTypeProvider<ZodTypeProvider>()
  const described = { tags: ['mode'], security: [{ operator: [] }] }

  routes.get(
    '/api/mode',
    {
      config: { auth: 'operator' },
      schema: { ...described, summary: 'The mode in force', response: { 200: Setting, ...errorResponses(401) } },
    },
    async () => shown(await operations.mode(), config),
  )

  routes.put(
    '/api/mode',
    {
      config: { auth: 'operator', accepts: 'json' },
      schema: {
        ...described,
        summary: 'Change the mode, pause or resume',
        body: Patch,
        response: { 200: Setting, ...errorResponses(400, 401, 403, 409, 415) },
      },
    },
    async ({ body: { mode, paused }, operatorName }) => {
      const patch = { ...(mode === undefined ? {} : { mode }), ...(paused === undefined ? {} : { paused }) }
      const setting = await operations.setMode(patch, operatorName)
      if (setting === 'no-pagerduty') throw new HttpError('no-pagerduty')
      return shown(setting, config)
    },
  )
}
