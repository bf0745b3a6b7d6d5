import type { IamPoliciesClient } from '../../clients/iam-policies.ts'
import type { KeyProtectClient } from '../../clients/key-protect.ts'
import type { Config } from '../../config/config.ts'
import { connectIbmCloud } from '../../connect-cloud.ts'
import { KEY_SERVICE_NAMES } from '../../model/key-crn.ts'
import { attempt } from './attempt.ts'
import { type Finding, fail, off, ok, warn } from './finding.ts'

/** The API key, each instance of Key Protect and HPCS, and the accounts whose authorizations are read. */
export async function* checkIbmCloud(config: Config, { now }: { now: () => number }): AsyncGenerator<Finding> {
  const clients = connectIbmCloud(config, { metrics: null, now })
  if (!clients) {
    yield off('ibm cloud', 'IBM_CLOUD_API_KEY is not set: keys, registrations and authorizations are not looked up')
    return
  }
  const [token, failure] = await attempt('ibm cloud token', () => clients.tokens.current())
  if (token === null) {
    yield failure
    return
  }
  yield ok('ibm cloud token', 'IAM gives one for the API key')
  // Side by side: each has a deadline of its own.
  const [instances, accounts] = await Promise.all([
    clients.keyProtect ? checkInstances(config, clients.keyProtect) : [],
    clients.policies ? checkAccounts(config, clients.policies) : [],
  ])
  yield* instances
  yield* accounts
}

/** A list of the registrations of a cluster that is none: what may list it may list any. */
async function checkInstances({ policy }: Config, client: KeyProtectClient): Promise<Finding[]> {
  const { instances } = policy.current().keyProtect
  if (instances.length === 0) {
    const says = 'no instance is named: registrations are looked for only where an error text names a key'
    return [warn('key protect', says, 'name the instances in keyProtect.instances of the policy')]
  }
  const looked = instances.map(async ({ id, service, region, url }) => {
    const check = `key protect ${KEY_SERVICE_NAMES[service]} ${id}`
    const instance = { instanceId: id, service, region, url: url?.replace(/\/+$/, '') }
    const crn = `crn:v1:bluemix:public:containers-kubernetes:${region}:a/${'0'.repeat(32)}:${'0'.repeat(20)}::`
    const [found, failure] = await attempt(check, () => client.registrationsOf(instance, crn))
    return found ? ok(check, 'lets us list registrations') : failure
  })
  return Promise.all(looked)
}

async function checkAccounts({ policy }: Config, client: IamPoliciesClient): Promise<Finding[]> {
  const { migrations, keyProtect } = policy.current()
  const accounts = [...new Set([...migrations, ...keyProtect.instances].flatMap((one) => one.accounts))]
  if (accounts.length === 0) {
    const says = "the policy names no account: whether a migration's authorizations may be read is not known"
    return [warn('iam', says, 'name the accounts in migrations.accounts of the policy')]
  }
  const looked = accounts.map(async (accountId) => {
    const check = `iam account ${accountId}`
    const [found, failure] = await attempt(check, () => client.authorizations(accountId))
    if (!found) return failure
    if (found.length > 0) return ok(check, `shows us ${found.length} authorizations`)
    return fail(
      check,
      'shows us no authorization at all, as IAM does with those who may not read',
      'give the service ID the role Viewer on All Identity and Access enabled services of the account',
    )
  })
  return Promise.all(looked)
}
