import { PagerdutyClient } from '../../clients/pagerduty.ts'
import type { Config } from '../../config/config.ts'
import { attempt } from './attempt.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** Token, acting user, and each service that our incidents come from: it must ring again by itself. */
export async function checkPagerduty(
  { pagerduty, pagerdutyWebhookSecrets, policy, seedMode }: Config,
  { now, serviceIds }: { now: () => number; serviceIds: readonly string[] },
): Promise<Finding[]> {
  if (!pagerduty) {
    const says = 'is not configured: nothing is ever snoozed or noted'
    const remedy = 'set PAGERDUTY_API_TOKEN and PAGERDUTY_FROM'
    return [seedMode === 'live' ? fail('pagerduty', says, remedy) : warn('pagerduty', says, remedy)]
  }
  const client = new PagerdutyClient({ ...pagerduty, token: () => pagerduty.token.read(), now })
  const [recent, failure] = await attempt('pagerduty token', () => client.recentIncidents(policy.alertnames))
  if (!recent) return [failure]
  const [user, noUser] = await attempt('pagerduty user', () => client.userByEmail(pagerduty.from))
  const acting = user
    ? ok('pagerduty user', `${pagerduty.from} acts`)
    : (noUser ?? fail('pagerduty user', `PAGERDUTY_FROM ${pagerduty.from} is no user of this account: every write is refused`, 'name a user of the account, best one of its own for the responder'))
  const ids = serviceIds.length > 0 ? serviceIds : [...new Set(recent.flatMap(({ service }) => service?.id ?? []))]
  const services: Finding[] = []
  for (const id of ids) services.push(await checkService(client, id))
  return [
    ok('pagerduty token', `works, ${recent.length} incidents of ours in the last 30 days`),
    acting,
    ...(ids.length > 0
      ? services
      : [warn('pagerduty service', 'no incident of ours in 30 days: which service they come from is not known', 'run doctor with --pagerduty-service ID')]),
    pagerdutyWebhookSecrets
      ? ok('pagerduty webhook', 'PAGERDUTY_WEBHOOK_SECRETS is set')
      : warn('pagerduty webhook', 'is off: what people do to an incident is seen at the next look only', 'subscribe /webhooks/pagerduty and set PAGERDUTY_WEBHOOK_SECRETS'),
  ]
}

async function checkService(client: PagerdutyClient, id: string): Promise<Finding> {
  const check = `pagerduty service ${id}`
  const [service, failure] = await attempt(check, () => client.service(id))
  if (!service) return failure
  const { name, acknowledgement_timeout: timeoutSeconds, status } = service
  if (status === 'disabled' || status === 'maintenance')
    return fail(check, `${name} is ${status}: it rings nobody`, 'enable it')
  if (!timeoutSeconds)
    return fail(check, `${name} has no acknowledgement timeout: if the responder dies between acknowledging and snoozing, nobody is rung again`, 'set an acknowledgement timeout, such as 30 min, on the service')
  return ok(check, `${name} rings again ${Math.round(timeoutSeconds / 60)} min after an acknowledgement`)
}
