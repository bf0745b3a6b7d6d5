import { LeaseLostError, VersionConflictError } from '../../errors.ts'
import { CASE_STATES, type Case, type CaseState, isQuiet } from '../../model/case.ts'
import { identifyCluster } from '../../model/identity.ts'
import type { CaseFilter, CaseStore } from '../store.ts'
import { LATEST_CASE, LIST_CASES, SAVE_CASE } from './case-scripts.ts'
import { changesSince } from './changes.ts'
import type { RedisConnection } from './connection.ts'
import type { HeldLeases } from './held-leases.ts'
import { openNeighbours } from './neighbours.ts'
import { document, integer, integerOrNull, list, text, texts } from './reply.ts'

/** Cases looked at by one run of the script: it holds Redis up meanwhile. */
const LOOKED_AT_ONCE = 2_000
const OPENED_DIGITS = 16

/** Cases as JSON documents, with an index for each question that is asked about them. */
export function redisCases(redis: RedisConnection, leases: HeldLeases): CaseStore {
  return {
    async caseById(id) {
      return toCase(await redis.ask((client) => client.hget(redis.key('case', id), 'document')))
    },
    async latestCase(groupKey) {
      return toCase(await redis.run(LATEST_CASE, ['group', groupKey]))
    },
    async saveCase(subject, { mergedUpTo, isSettled }) {
      const saved: Case = { ...subject, version: subject.version + 1 }
      const args = [mergedUpTo ?? '', isSettled ? 1 : 0, isQuiet(saved) ? 1 : 0, ...toIndexed(saved)]
      const [outcome, name] = texts(
        await redis.run(SAVE_CASE, [
          ...leases.asArguments(),
          ...[
            saved.id,
            subject.version,
            saved.groupKey,
            saved.state,
            toOpened(saved.openedAtMs),
            JSON.stringify(saved),
          ],
          ...args,
        ]),
        'the answer to a save',
      )
      if (outcome === 'lost') throw new LeaseLostError(String(name))
      if (outcome !== 'ok') throw new VersionConflictError(subject.id)
      return saved
    },
    async listCases(filter) {
      const members = await listMembers(redis, filter)
      const page = members.slice(0, filter.limit)
      const last = page.at(-1)
      const documents = await redis.askAll((batch) => {
        for (const member of page) batch.hget(redis.key('case', toId(member)), 'document')
      })
      return {
        cases: documents.map((one) => document<Case>(one, 'a case')),
        nextCursor: members.length > filter.limit && last ? toCursor(last) : null,
      }
    },
    async openCaseIds() {
      return toIds(await redis.ask((client) => client.hgetall(redis.key('open-cases'))))
    },
    async openCasesOfCluster(clusterId) {
      return toIds(await redis.ask((client) => client.hgetall(redis.key('open-of-cluster', clusterId))))
    },
    openNeighbours: (place) => openNeighbours(redis, place),
    async arrivals(sinceMs) {
      const key = redis.key('arrivals')
      const found = await redis.ask((client) => client.zrange(key, sinceMs, '+inf', 'BYSCORE', 'WITHSCORES'))
      return Array.from({ length: found.length / 2 }, (_, at) => {
        const [clusterId, region, accountId] = text(found[at * 2], 'an arrival').split(' ')
        return {
          clusterId: text(clusterId, 'an arrival'),
          region: text(region, 'an arrival'),
          accountId: text(accountId, 'an arrival'),
          atMs: integer(found[at * 2 + 1], 'an arrival'),
        }
      })
    },
    countCases: (clusterId, sinceMs) =>
      redis.ask((client) =>
        client.zlexcount(redis.key('cases-of-cluster', clusterId), `[${toOpened(Math.max(0, sinceMs))}`, '+'),
      ),
    async countByState() {
      const counted = await redis.ask((client) => client.hgetall(redis.key('case-counts')))
      const counts = CASE_STATES.map((state) => [state, integerOrNull(counted[state], 'the counts of cases') ?? 0])
      return Object.fromEntries(counts) as Record<CaseState, number>
    },
    changesSince: (position) => changesSince(redis, position),
  }
}

/** The case of a document, or null where there is none. */
export function toCase(answer: unknown): Case | null {
  return answer === null ? null : document<Case>(answer, 'a case')
}

/** What the case is found by, as the script reads it: reasons, clusters with their places and starts, incidents. */
function toIndexed({ alerts, incidents }: Case): (string | number)[] {
  const reasons = new Set(alerts.flatMap(({ judgement }) => (judgement ? [judgement.verdict.reason] : [])))
  const clusters = alerts.flatMap((alert) => {
    const identity = identifyCluster(alert)
    return identity.kind === 'identified'
      ? [[identity.clusterId, `${identity.region} ${identity.accountId}`, alert.startsAtMs]]
      : []
  })
  const incidentIds = incidents.map(({ id }) => id)
  return [reasons.size, ...reasons, clusters.length, ...clusters.flat(), incidentIds.length, ...incidentIds]
}

/** One more than the page holds, where there are so many: then there is a next page. */
async function listMembers(redis: RedisConnection, filter: CaseFilter): Promise<string[]> {
  const { state, reason, clusterId, limit } = filter
  const indexes = [
    ...(state ? [`cases-in-state:${state}`] : []),
    ...(reason ? [`cases-of-reason:${reason}`] : []),
    ...(clusterId ? [`cases-of-cluster:${clusterId}`] : []),
  ]
  const names = indexes.length > 0 ? indexes : ['cases']
  const members: string[] = []
  let after = filter.cursor ? fromCursor(filter.cursor) : ''
  do {
    const wanted = limit + 1 - members.length
    const args = [after, wanted, LOOKED_AT_ONCE, names.length, ...names]
    const [found, next] = list(await redis.run(LIST_CASES, args), 'a list of cases')
    members.push(...texts(found, 'a list of cases'))
    after = text(next, 'a list of cases')
  } while (after !== '')
  return members
}

/** The time at which a case was opened, so that the order of the texts is the order in time. */
function toOpened(ms: number): string {
  return String(Math.ceil(ms)).padStart(OPENED_DIGITS, '0')
}

function toId(member: string): string {
  return member.slice(OPENED_DIGITS + 1)
}

function toCursor(member: string): string {
  return Buffer.from(member, 'utf8').toString('base64url')
}

/** An unreadable cursor is the beginning. */
function fromCursor(cursor: string): string {
  const member = Buffer.from(cursor, 'base64url').toString('utf8')
  return /^\d{16}:./.test(member) ? member : ''
}

function toIds(openCases: Record<string, string>): { id: string; groupKey: string }[] {
  return Object.entries(openCases).map(([id, groupKey]) => ({ id, groupKey }))
}
