import type { RedisConnection } from './connection.ts'

/** Most clusters that are named. */
const LIMIT = 10
const PAGE = 100

/** Clusters of other open cases in the region or of the account, newest first, at most ten. */
export async function openNeighbours(
  redis: RedisConnection,
  { region, accountId, exceptCaseId }: { region: string; accountId: string; exceptCaseId: string },
): Promise<string[]> {
  const spots = await Promise.all([
    newestSpots(redis, redis.key('open-in-region', region), exceptCaseId),
    newestSpots(redis, redis.key('open-of-account', accountId), exceptCaseId),
  ])
  const newestFirst = spots.flat().sort((a, b) => (a.opened < b.opened ? 1 : -1))
  return [...new Set(newestFirst.map(({ clusterId }) => clusterId))].slice(0, LIMIT)
}

/** The newest spots of other cases in one index, until they name enough clusters. */
async function newestSpots(
  redis: RedisConnection,
  key: string,
  exceptCaseId: string,
): Promise<{ opened: string; clusterId: string }[]> {
  const found = new Map<string, string>()
  let after = '+'
  for (;;) {
    const page = await redis.ask((client) => client.zrange(key, after, '-', 'BYLEX', 'REV', 'LIMIT', 0, PAGE))
    for (const spot of page) {
      const [, opened, clusterId, caseId] = /^(\d+):(\S+) (.*)$/s.exec(spot) ?? []
      if (opened && clusterId && caseId !== exceptCaseId && !found.has(clusterId)) found.set(clusterId, opened)
    }
    if (found.size >= LIMIT || page.length < PAGE) break
    after = `(${page.at(-1)}`
  }
  return [...found].map(([clusterId, opened]) => ({ opened, clusterId }))
}
