import type { KeyMetadata, KeyProtectClient } from '../../clients/key-protect.ts'
import type { PolicySource } from '../../config/policy-source.ts'
import { TerminalError, TransientError } from '../../errors.ts'
import type { Finding } from '../../model/finding.ts'
import { KEY_SERVICE_NAMES, type KeyCrn, type KeyInstance, keyStateName, parseKeyCrn } from '../../model/key-crn.ts'
import type { Step } from '../../model/step.ts'
import type { FindingQuestion } from './finding-source.ts'
import { kpCommand, ringInCommand } from './key-commands.ts'
import { withKnownUrl } from './key-instances.ts'

const ACTIVE = 1
const DISABLED = 2

type Role = 'source' | 'target'

interface Looked {
  role: Role
  crn: KeyCrn
  key: KeyMetadata | null
  failure: TransientError | TerminalError | null
}

interface Deps {
  client: KeyProtectClient
  urlOf: (instance: KeyInstance) => string
  policy: PolicySource
  now: () => number
}

/** How the source and the target key of a migration are, by the CRNs that the error texts and the logs name. */
export async function migrationKeys({ completedTrace }: FindingQuestion, deps: Deps): Promise<Finding[]> {
  const { sourceKey, targetKey } = await completedTrace
  const named = [
    { role: 'source' as const, crn: parseKeyCrn(sourceKey ?? '') },
    { role: 'target' as const, crn: parseKeyCrn(targetKey ?? '') },
  ].flatMap(({ role, crn }) => (crn ? [{ role, crn }] : []))
  if (named.length === 0)
    throw new TerminalError('not-found', 'no key is known to ask about: neither error texts nor logs name its CRN')
  const looked = await Promise.all(named.map((one) => look(one, deps)))
  const failures = looked.flatMap(({ key, failure }) =>
    !key && failure && failure.code !== 'not-found' ? [failure] : [],
  )
  const [first] = failures
  if (failures.length === looked.length && first) throw first
  return [
    {
      source: 'key-protect',
      outcome: 'found',
      summary: looked.map((one) => `${one.role} key ${stateOf(one)}`).join(', '),
      observedAt: new Date(deps.now()).toISOString(),
      link: null,
      lines: looked.map(toLine),
      quotes: [],
      steps: looked.flatMap((one) => stepsOf(one, deps)),
      details: null,
    },
  ]
}

async function look({ role, crn }: { role: Role; crn: KeyCrn }, { client, policy }: Deps): Promise<Looked> {
  try {
    const instance = withKnownUrl(crn, policy.current().keyProtect.instances)
    return { role, crn, key: await client.key(instance, crn.keyId), failure: null }
  } catch (error) {
    if (error instanceof TransientError || error instanceof TerminalError)
      return { role, crn, key: null, failure: error }
    throw error
  }
}

function stateOf({ key, failure }: Looked): string {
  if (key) return keyStateName(key.state)
  // Whether the key or its instance is gone, or the CRN in the text is wrong, is the same answer.
  return failure?.code === 'not-found' ? 'not there' : 'not readable'
}

function toLine(looked: Looked): string {
  const { role, crn, key, failure } = looked
  const place = `${KEY_SERVICE_NAMES[crn.service]} ${crn.region} ${crn.instanceId}`
  if (!key) return `${role} key ${crn.keyId} in ${place}: ${stateOf(looked)} (${failure?.message ?? 'unknown'})`
  const expired = key.state !== ACTIVE && key.expirationDate ? `, expires ${key.expirationDate}` : ''
  return `${role} key ${crn.keyId} in ${place}: ${keyStateName(key.state)}, ring ${key.keyRingID ?? 'default'}${expired}`
}

/** Source: runbook, General Debugging 5 d, "have the customer verify the key is enabled"; CLI reference, `kp key enable`. */
function stepsOf({ role, crn, key }: Looked, { urlOf, policy }: Pick<Deps, 'urlOf' | 'policy'>): Step[] {
  if (!key || key.state === ACTIVE) return []
  if (key.state !== DISABLED)
    return [{ text: `the ${role} key can't be used for a migration: it is ${keyStateName(key.state)}`, commands: [] }]
  const ring = ringInCommand(key)
  const instance = withKnownUrl(crn, policy.current().keyProtect.instances)
  const command = kpCommand(instance, instance.url ?? urlOf(instance), [
    `key enable ${crn.keyId}`,
    ...(ring ? [`--key-ring ${ring}`] : []),
  ])
  return [{ text: `have the customer enable the ${role} key`, commands: [command] }]
}
