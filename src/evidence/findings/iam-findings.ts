import type { IamPoliciesClient, ServiceAuthorization } from '../../clients/iam-policies.ts'
import { TerminalError, TransientError } from '../../errors.ts'
import type { Finding } from '../../model/finding.ts'
import { parseKeyCrn } from '../../model/key-crn.ts'
import type { AccountIds, Authorization } from '../../runbook/authorizations.ts'
import { type RequiredAuthorization, requiredAuthorizations, scenariosTold } from '../../runbook/migration-scenario.ts'
import { type Match, matchOf } from './authorization-match.ts'
import type { FindingQuestion, FindingReader } from './finding-source.ts'

/** One list serves every case of an account for so long, in ms: a migration fails for many clusters at once. */
const LIST_KEEPS_MS = 30_000
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
export function createIamFindings({ client, now }: { client: IamPoliciesClient; now: () => number }): FindingReader {
  const kept = new Map<string, { atMs: number; list: Promise<readonly ServiceAuthorization[]> }>()

  function listOf(accountId: string): Promise<readonly ServiceAuthorization[]> {
    const before = kept.get(accountId)
    if (before && now() - before.atMs < LIST_KEEPS_MS) return before.list
    const mine = { atMs: now(), list: client.authorizations(accountId) }
    kept.set(accountId, mine)
    mine.list.catch(() => {
      if (kept.get(accountId) === mine) kept.delete(accountId)
    })
    for (const [id, { atMs }] of kept) if (now() - atMs >= LIST_KEEPS_MS) kept.delete(id)
    return mine.list
  }

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
    ask: (question) => ask(question, { lists, now }),
  }
}

async function ask(question: FindingQuestion, { lists, now }: { lists: Lists; now: () => number }): Promise<Finding[]> {
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
    const match = matchOf(
      { authorization, clusterId: migration.clusterId, subjectAccountId, ownerAccountId, key },
      list,
    )
    return { ...required, match }
  }
  const judged = await Promise.all(requiredAuthorizations(scenarios).map(judge))
  const [why] = unread.values()
  if (why !== undefined && judged.every(({ match }) => match === null)) throw new TerminalError('rejected', why)
  return [toFinding(judged, { accounts, unread: [...unread.values()], observedAt: new Date(now()).toISOString() })]
}

function toFinding(
  judged: readonly Judged[],
  { accounts, unread, observedAt }: { accounts: AccountIds; unread: readonly string[]; observedAt: string },
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
    steps: missing.map(({ authorization }) => ({
      text: `create ${authorization.id} in account ${accounts[authorization.createdIn]} (${CONSOLE}): ${wordsOf(authorization, accounts)}`,
      commands: [],
    })),
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

function wordsOf({ subject, subjectAccount, target, hasKeyRing }: Authorization, accounts: AccountIds): string {
  const roles = subject === 'containers-kubernetes' ? 'roles Reader, Authorization Delegator' : 'role Reader'
  return `${subject} of account ${accounts[subjectAccount]} to ${target}${hasKeyRing ? ', ring of the target key' : ''}, ${roles}`
}
