import { PagerdutyClient } from '../../clients/pagerduty.ts'
import type { Config } from '../../config/config.ts'
import { attempt } from './attempt.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** Longest wait for one answer, in ms: a read is tried twice. */
const CALL_LIMIT_MS = 5_000
/** Services looked at; incidents of ours come from one or two. */
const SERVICE_LIMIT = 10

/** Roles of a user. Source: PagerDuty REST, User, `role`; what each may do: PagerDuty, "User roles". */
const READING_ROLES = ['read_only_user', 'read_only_limited_user']
const MANAGING_ROLES = ['admin', 'owner']
const TEAM_ROLES = ['observer', 'restricted_access']

/** Token, acting user, and each service that our incidents come from: it must ring again by itself. */
export async function* checkPagerduty(
  { pagerduty, pagerdutyWebhookSecrets, policy, seedMode }: Config,
  { now, serviceIds }: { now: () => number; serviceIds: readonly string[] },
): AsyncGenerator<Finding> {
  if (!pagerduty) {
    const says = 'is not configured: nothing is ever snoozed or noted'
    const remedy = 'set PAGERDUTY_API_TOKEN and PAGERDUTY_FROM'
    yield seedMode === 'live' ? fail('pagerduty', says, remedy) : warn('pagerduty', says, remedy)
    return
  }
  const { apiUrl, from } = pagerduty
  const token = () => pagerduty.token.read()
  const client = new PagerdutyClient({ apiUrl, from, token, now, timeoutMs: CALL_LIMIT_MS })
  const [recent, failure] = await attempt('pagerduty token', () => client.recentIncidents(policy.current().alertnames))
  if (!recent) {
    yield failure
    return
  }
  yield ok('pagerduty token', `works, ${recent.length} incidents of ours in the last 30 days`)
  yield* await checkUser(client, from)
  const ids = serviceIds.length > 0 ? serviceIds : [...new Set(recent.flatMap(({ service }) => service?.id ?? []))]
  for (const id of ids.slice(0, SERVICE_LIMIT)) yield await checkService(client, id)
  if (ids.length === 0)
    yield warn(
      'pagerduty service',
      'no incident of ours in 30 days: which service they come from is not known',
      'run doctor with --pagerduty-service ID',
    )
  yield pagerdutyWebhookSecrets
    ? ok('pagerduty webhook', 'PAGERDUTY_WEBHOOK_SECRETS is set')
    : warn(
        'pagerduty webhook',
        'is off: what people do to an incident is seen at the next look only',
        'subscribe /webhooks/pagerduty and set PAGERDUTY_WEBHOOK_SECRETS',
      )
}

async function checkUser(client: PagerdutyClient, from: string): Promise<Finding[]> {
  const [answer, failure] = await attempt('pagerduty user', async () => ({ user: await client.userByEmail(from) }))
  if (!answer) return [failure]
  if (!answer.user)
    return [
      fail(
        'pagerduty user',
        `PAGERDUTY_FROM ${from} is no user of this account: every write is refused`,
        'name a user of the account, best one of its own for the responder',
      ),
    ]
  return [ok('pagerduty user', `${from} acts`), ...checkRole(from, answer.user.role ?? null)]
}

/** Of the token itself PagerDuty tells nothing: what it tells is the role of the user in whose name we act. */
function checkRole(from: string, role: string | null): Finding[] {
  if (role === null) return []
  const remedy = 'give the user of the responder the role limited_user (Responder), and no more'
  const check = 'pagerduty role'
  if (READING_ROLES.includes(role)) return [fail(check, `${from} is ${role}: it may not act on incidents`, remedy)]
  if (MANAGING_ROLES.includes(role))
    return [warn(check, `${from} is ${role}: it may change the whole account, which is not used`, remedy)]
  if (TEAM_ROLES.includes(role))
    return [warn(check, `${from} is ${role}: it acts only where one of its teams lets it`, remedy)]
  return [ok(check, `${from} is ${role}`)]
}

async function checkService(client: PagerdutyClient, id: string): Promise<Finding> {
  const check = `pagerduty service ${id}`
  const [service, failure] = await attempt(check, () => client.service(id))
  if (!service) return failure
  const { name, acknowledgement_timeout: timeoutSeconds, status } = service
  if (status === 'disabled' || status === 'maintenance')
    return fail(check, `${name} is ${status}: it rings nobody`, 'enable it, or wait for its maintenance to end')
  if (!timeoutSeconds)
    return fail(
      check,
      `${name} has no acknowledgement timeout: if the responder dies between acknowledging and snoozing, nobody is rung again`,
      'set an acknowledgement timeout, such as 30 min, on the service',
    )
  return ok(check, `${name} rings again ${Math.round(timeoutSeconds / 60)} min after an acknowledgement`)
}
