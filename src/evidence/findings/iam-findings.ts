import { setTimeout as sleep } from 'node:timers/promises'
import type { IamPoliciesClient, ServiceAuthorization } from '../../clients/iam-policies.ts'
import { TerminalError, TransientError } from '../../errors.ts'
import type { Finding } from '../../model/finding.ts'
import { type KeyCrn, type KeyService, parseKeyCrn } from '../../model/key-crn.ts'
import type { Step } from '../../model/step.ts'
import type { AccountIds, Authorization } from '../../runbook/authorizations.ts'
import { type RequiredAuthorization, requiredAuthorizations, scenariosTold } from '../../runbook/migration-scenario.ts'
import { type Match, matchOf } from './authorization-match.ts'
import type { FindingQuestion, FindingReader } from './finding-source.ts'

/** One answer serves every case of an account, or of a key, for so long, in ms: a migration fails for many clusters at once. */
const ANSWER_KEEPS_MS = 30_000
/** Longest wait for Key Protect's word on a key's ring, in ms: IAM's answer has to be there in time. */
const RING_WAIT_MS = 500
/** Where people make an authorization. */
const CONSOLE = 'https://cloud.ibm.com/iam/authorizations'

interface Judged extends RequiredAuthorization {
  /** Null where its account's list could not be read. */
  match: Match | null
}

interface Lists {
  /** By account; the words are why there is no list. */
  of(accountId: string): Promise<readonly ServiceAuthorization[] | string>
}

/**
 * Which of the authorizations that the runbook asks for exist in the accounts of this migration, and which are missing.
 * Source: runbook, Required Service Authorizations.
 */
export function createIamFindings({
  client,
  ringOf,
  now,
}: {
  client: IamPoliciesClient
  /** The ring that a key is in, null where that can't be told. */
  ringOf: (key: KeyCrn) => Promise<string | null>
  now: () => number
}): FindingReader {
  const listOf = keeping((accountId) => client.authorizations(accountId), now)
  const ringIn = keeping((crn) => {
    const key = parseKeyCrn(crn)
    return key ? ringOf(key) : Promise.resolve(null)
  }, now)

  const lists: Lists = {
    async of(accountId) {
      try {
        const list = await listOf(accountId)
        // IAM refuses nobody: who may not read sees nothing.
        return list.length === 0 ? `IAM shows our API key no authorization at all of account ${accountId}` : list
      } catch (error) {
        if (error instanceof TransientError || error instanceof TerminalError) return error.message
        throw error
      }
    },
  }

  return {
    source: 'iam',
    isShared: false,
    isAskedFor: ({ verdict, migration }) => migration !== null && verdict.classification === 'eu-fr2-migration',
    ask: (question) => ask(question, { lists, ringIn, now }),
  }
}

/** The same answers, each of them kept for a while; a failure is not. */
function keeping<T>(ask: (id: string) => Promise<T>, now: () => number): (id: string) => Promise<T> {
  const kept = new Map<string, { atMs: number; answer: Promise<T> }>()
  return (id) => {
    const before = kept.get(id)
    if (before && now() - before.atMs < ANSWER_KEEPS_MS) return before.answer
    const mine = { atMs: now(), answer: ask(id) }
    kept.set(id, mine)
    mine.answer.catch(() => {
      if (kept.get(id) === mine) kept.delete(id)
    })
    for (const [other, { atMs }] of kept) if (now() - atMs >= ANSWER_KEEPS_MS) kept.delete(other)
    return mine.answer
  }
}

async function ask(
  question: FindingQuestion,
  { lists, ringIn, now }: { lists: Lists; ringIn: (crn: string) => Promise<string | null>; now: () => number },
): Promise<Finding[]> {
  const { migration, verdict, completedTrace } = question
  if (!migration) return []
  const { 'account-1': own } = migration.accounts
  // While the logs are asked for the other account; what goes wrong is told when the list is asked for in earnest.
  if (own !== null) lists.of(own).catch(() => undefined)
  const trace = await completedTrace
  const accounts: AccountIds = {
    ...migration.accounts,
    'account-3': trace.targetAccount ?? migration.accounts['account-3'],
  }
  const texts = verdict.evidence.flatMap(({ source, quote }) => (source === 'kp-events-alerts' && quote ? [quote] : []))
  const scenarios = scenariosTold(texts)
  const keys = { kms: parseKeyCrn(trace.sourceKey ?? ''), 'hs-crypto': parseKeyCrn(trace.targetKey ?? '') }
  const ringOfKey = async (service: KeyService) => {
    const key = keys[service]
    // Without its answer a limit to a ring is told as one: no reason to tell nothing of the rest.
    return key?.service === service ? Promise.race([ringIn(key.crn), sleep(RING_WAIT_MS, null, { ref: false })]) : null
  }
  const [kms, hpcs] = await Promise.all([ringOfKey('kms'), ringOfKey('hs-crypto')])
  const rings = { kms, 'hs-crypto': hpcs }
  const unread = new Map<string, string>()

  const judge = async (required: RequiredAuthorization): Promise<Judged> => {
    const { authorization } = required
    const ownerAccountId = accounts[authorization.createdIn]
    const subjectAccountId = accounts[authorization.subjectAccount]
    if (ownerAccountId === null || subjectAccountId === null) {
      unread.set(authorization.createdIn, `${authorization.createdIn} is not known: no text names an HPCS target key`)
      return { ...required, match: null }
    }
    const list = await lists.of(ownerAccountId)
    if (typeof list === 'string') {
      unread.set(authorization.createdIn, list)
      return { ...required, match: null }
    }
    const key = keys[authorization.target]?.service === authorization.target ? keys[authorization.target] : null
    const ring = rings[authorization.target]
    const match = matchOf(
      { authorization, clusterId: migration.clusterId, subjectAccountId, ownerAccountId, key, ring },
      list,
    )
    return { ...required, match }
  }
  const judged = await Promise.all(requiredAuthorizations(scenarios).map(judge))
  const [why] = unread.values()
  if (why !== undefined && judged.every(({ match }) => match === null)) throw new TerminalError('rejected', why)
  const observedAt = new Date(now()).toISOString()
  return [toFinding(judged, { accounts, ring: hpcs, unread: [...unread.values()], observedAt })]
}

function toFinding(
  judged: readonly Judged[],
  {
    accounts,
    ring,
    unread,
    observedAt,
  }: { accounts: AccountIds; ring: string | null; unread: readonly string[]; observedAt: string },
): Finding {
  const of = (word: Match['word']) => judged.filter(({ match }) => match?.word === word)
  const missing = of('missing')
  const limited = of('limited')
  const unknown = judged.filter(({ match }) => match === null)
  return {
    source: 'iam',
    outcome: missing.length > 0 ? 'absent' : unknown.length > 0 ? 'weak' : 'found',
    summary: summaryOf({ missing, limited, exists: of('exists'), unknown }),
    observedAt,
    link: CONSOLE,
    lines: [
      ...missing.map(({ authorization: { id }, neededBy }) => `${id} is needed by ${neededBy.join('; ')}`),
      ...limited.map(
        ({ authorization, match }) =>
          `${authorization.id} is limited, look whether that fits: ${match?.limits.join(', ')}`,
      ),
      ...(unknown.length > 0 ? [`not checked: ${idsOf(unknown)} (${unread.join('; ')})`] : []),
    ],
    quotes: [],
    steps: stepsOf(missing, accounts, ring),
    details: null,
  }
}

function summaryOf(by: Record<'missing' | 'limited' | 'exists' | 'unknown', readonly Judged[]>): string {
  const parts = [
    ...(by.missing.length > 0 ? [`${idsOf(by.missing)} missing of those we may see`] : []),
    ...(by.exists.length > 0 ? [`${idsOf(by.exists)} there`] : []),
    ...(by.limited.length > 0 ? [`${idsOf(by.limited)} there with limits`] : []),
    ...(by.unknown.length > 0 ? [`${idsOf(by.unknown)} not checked`] : []),
  ]
  return `authorizations: ${parts.join('; ')}`
}

function idsOf(judged: readonly Judged[]): string {
  return judged.map(({ authorization }) => authorization.id).join(', ')
}

/** What is missing in one account is made there in one go. */
function stepsOf(missing: readonly Judged[], accounts: AccountIds, ring: string | null): Step[] {
  return (['kms', 'hs-crypto'] as const).flatMap((target) => {
    const wanted = missing.map(({ authorization }) => authorization).filter((one) => one.target === target)
    const [first, ...others] = wanted
    if (!first) return []
    const inRing = first.hasKeyRing ? `, ${ring === null ? 'ring of the target key' : `ring ${ring}`}` : ''
    const place = `create ${wanted.map(({ id }) => id).join(', ')} in account ${accounts[first.createdIn]} (${CONSOLE})`
    const words =
      others.length === 0
        ? `: ${subjectOf(first, accounts)} to ${target}${inRing}, ${rolesOf(first)}`
        : ` to ${target}${inRing}: ${wanted.map((one) => `${one.id} ${subjectOf(one, accounts)}, ${rolesOf(one)}`).join('; ')}`
    return [{ text: `${place}${words}`, commands: [] }]
  })
}

function subjectOf({ subject, subjectAccount }: Authorization, accounts: AccountIds): string {
  return `${subject} of account ${accounts[subjectAccount]}`
}

function rolesOf({ subject }: Authorization): string {
  return subject === 'containers-kubernetes' ? 'roles Reader, Authorization Delegator' : 'role Reader'
}
