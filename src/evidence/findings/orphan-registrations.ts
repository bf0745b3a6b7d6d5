import type { KeyMetadata, KeyProtectClient, KeyRegistration } from '../../clients/key-protect.ts'
import type { PolicySource } from '../../config/policy-source.ts'
import { TerminalError, TransientError } from '../../errors.ts'
import type { Finding } from '../../model/finding.ts'
import { isInstanceId, KEY_SERVICE_NAMES, type KeyInstance, keyStateName } from '../../model/key-crn.ts'
import type { Step } from '../../model/step.ts'
import type { FindingQuestion } from './finding-source.ts'
import { kpCommand, ringInCommand } from './key-commands.ts'
import { instancesOf } from './key-instances.ts'

/** Registrations that are told one by one; a cluster has one for its secrets and one for each worker pool. */
const TOLD_LIMIT = 6

interface Found {
  instance: KeyInstance
  registration: KeyRegistration
  /** Null where it could not be read; `why` says so. */
  key: KeyMetadata | null
  why: string | null
}

interface Deps {
  client: KeyProtectClient
  urlOf: (instance: KeyInstance) => string
  policy: PolicySource
  now: () => number
}

/**
 * The registrations that still name the cluster, with what would remove each. Absent only where every instance that is
 * known was read whole, and then for those instances alone.
 */
export async function orphanRegistrations(question: FindingQuestion, deps: Deps): Promise<Finding[]> {
  const { identity, completedTrace } = question
  if (identity.kind !== 'identified') return []
  const known = deps.policy.current().keyProtect.instances
  const { instances, more } = instancesOf(identity.accountId, await completedTrace, known)
  if (instances.length === 0)
    throw new TerminalError('not-found', 'no instance is known to ask: keyProtect.instances of the policy names none')
  const answers = await Promise.all(instances.map((instance) => ask(instance, identity.crn, deps)))
  const found = answers.flatMap(({ found }) => found)
  const failures = answers.flatMap(({ instance, failure }) => (failure ? [{ instance, failure }] : []))
  const [first] = failures
  if (found.length === 0 && first) throw first.failure
  const unread = [
    ...failures.map(({ instance, failure }) => `not read: ${describe(instance)} (${failure.message})`),
    ...(more > 0 ? [`not read: ${more} more instances that the texts name`] : []),
  ]
  const observedAt = new Date(deps.now()).toISOString()
  const rest = { source: 'key-protect', observedAt, link: null, quotes: [], details: null } as const
  if (found.length === 0) {
    const all = instances.map(describe).join(', ')
    const summary = `no registration names the cluster in ${all}; the key may be in an instance that is not known here`
    return [{ ...rest, outcome: more > 0 ? 'weak' : 'absent', summary, lines: unread, steps: [] }]
  }
  const told = found.slice(0, TOLD_LIMIT)
  return [
    {
      ...rest,
      outcome: 'found',
      summary: `${found.length === 1 ? '1 registration still names' : `${found.length} registrations still name`} the cluster`,
      lines: [
        ...told.flatMap(toLines),
        ...(found.length > told.length ? [`and ${found.length - told.length} more`] : []),
        ...unread,
      ],
      steps: told.flatMap((one) => stepsOf(one, identity.crn, deps)),
    },
  ]
}

async function ask(
  instance: KeyInstance,
  crn: string,
  { client }: Pick<Deps, 'client'>,
): Promise<{ instance: KeyInstance; found: Found[]; failure: TransientError | TerminalError | null }> {
  try {
    const registrations = await client.registrationsOf(instance, crn)
    const found = registrations.map(async (registration, at): Promise<Found> => {
      if (at >= TOLD_LIMIT) return { instance, registration, key: null, why: null }
      try {
        return { instance, registration, key: await client.key(instance, registration.keyId), why: null }
      } catch (error) {
        return { instance, registration, key: null, why: toFailure(error).message }
      }
    })
    return { instance, found: await Promise.all(found), failure: null }
  } catch (error) {
    return { instance, found: [], failure: toFailure(error) }
  }
}

/** What is no failed call is a fault of ours: it is not swallowed. */
function toFailure(error: unknown): TransientError | TerminalError {
  if (error instanceof TransientError || error instanceof TerminalError) return error
  throw error
}

function describe({ service, region, instanceId }: KeyInstance): string {
  return `${KEY_SERVICE_NAMES[service]} ${region} ${instanceId}`
}

function toLines({ instance, registration, key, why }: Found): string[] {
  const state = key
    ? `ring ${key.keyRingID ?? 'default'}, ${keyStateName(key.state)}`
    : `ring and state unknown (${why})`
  const line = [
    `key ${registration.keyId}, ${state}, in ${describe(instance)}`,
    ...(key?.name ? [`name ${key.name}`] : []),
    ...(registration.creationDate ? [`registered ${registration.creationDate.slice(0, 10)}`] : []),
    ...(registration.preventKeyDeletion ? ['it keeps the key from being deleted'] : []),
  ].join('; ')
  return [line, ...(key?.crn ? [`its CRN: ${key.crn}`] : [])]
}

/**
 * Source: Key Protect API, "Delete a registration", which takes it from the service alone that registered; CLI reference,
 * `kp registrations`, which has no command to delete one.
 */
function stepsOf({ instance, registration, key }: Found, crn: string, { urlOf }: Pick<Deps, 'urlOf'>): Step[] {
  const { keyId } = registration
  if (!isInstanceId(keyId)) return []
  const ring = ringInCommand(key)
  const url = instance.url ?? urlOf(instance)
  const path = `api/v2/keys/${keyId}/registrations/${encodeURIComponent(crn)}`
  return [
    {
      text: 'what removes it, with a token of the containers-kubernetes service (no user can, and the CLI has no command); it is not done by the responder',
      commands: [
        `curl -X DELETE '${url}/${path}' -H "Authorization: Bearer $IAM_TOKEN" -H 'Bluemix-Instance: ${instance.instanceId}'${ring ? ` -H 'X-Kms-Key-Ring: ${ring}'` : ''}`,
      ],
    },
    {
      text: 'look whether it is gone',
      commands: [
        kpCommand(instance, url, ['registrations', `-k ${keyId}`, ...(ring ? [`-r ${ring}`] : []), `-c '${crn}'`]),
      ],
    },
  ]
}
