import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { MODES, type Store } from '../../store/store.ts'
import { checkFormToken, DESCRIBED, FORM, formToken, OnlyToken } from './form.ts'
import type { PageDeps } from './page-deps.ts'

const paused = z.enum(['true', 'false']).transform((text) => text === 'true')
const Change = z.union([z.object({ formToken, paused }), z.object({ formToken, mode: z.enum(MODES) })])

/** Snoozed cases that are woken side by side: each takes a few commits. */
const AT_ONCE = 8
const PAGE = 100
const WOKEN_WHY = 'all that was snoozed is woken'

/** What the forms about the whole responder do: pause, resume, change the mode, wake all that it snoozed. */
export async function modeFormRoutes(scope: FastifyInstance, deps: PageDeps): Promise<void> {
  const { operations, store } = deps
  const routes = scope.withTypeProvider<ZodTypeProvider>()

  routes.post(
    '/mode',
    { config: FORM, schema: { ...DESCRIBED, summary: 'Pause, resume or change the mode', body: Change } },
    async (request, reply) => {
      const { formToken, ...change } = request.body
      checkFormToken(request, formToken)
      const setting = await operations.setMode(change, request.operatorName)
      if (setting === 'no-pagerduty') return reply.redirect('/?outcome=no-pagerduty', 303)
      return reply.redirect('paused' in change && change.paused ? '/?outcome=paused' : '/', 303)
    },
  )

  routes.post(
    '/wake-all',
    { config: FORM, schema: { ...DESCRIBED, summary: 'Give back every page that we snoozed', body: OnlyToken } },
    async (request, reply) => {
      checkFormToken(request, request.body.formToken)
      const snoozed = await reallySnoozed(store)
      let isWhole = true
      async function wakeNext(): Promise<void> {
        for (let id = snoozed.shift(); id !== undefined; id = snoozed.shift()) {
          const outcome = await operations.wake(id, request.operatorName, WOKEN_WHY).catch(() => 'failed' as const)
          if (outcome === 'failed' || outcome === 'no-incident') isWhole = false
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, wakeNext))
      return reply.redirect(`/?outcome=${isWhole ? 'woken-all' : 'woken-some'}`, 303)
    },
  )
}

/** Ids of the cases whose page we keep quiet; in shadow nothing is. */
async function reallySnoozed(store: Pick<Store, 'listCases'>): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = await store.listCases({ state: 'snoozed', limit: PAGE, ...(cursor === undefined ? {} : { cursor }) })
    found.push(...page.cases.flatMap(({ id, snooze }) => (snooze?.isReal ? [id] : [])))
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return found
}
