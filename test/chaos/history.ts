import { z } from 'zod'
import type { LedgerEntry } from '../../sandbox/ledger.ts'
import type { Group } from './groups.ts'

/** Groups whose history is told. */
const TOLD = 12
const TEXT_LIMIT = 140

const casesSchema = z.object({
  cases: z.array(z.object({ state: z.string(), timeline: z.array(z.object({ at: z.string(), what: z.string() })) })),
})

/** What became of the groups that findings name: the ledger's entries about each, and the timeline of its case, by time. */
export async function historiesOf(
  findings: readonly string[],
  {
    groups,
    ledger,
    incidentsOf,
    caseOf,
  }: {
    groups: readonly Group[]
    ledger: readonly LedgerEntry[]
    incidentsOf: (dedupKey: string) => readonly string[]
    caseOf: (clusterId: string) => Promise<string>
  },
): Promise<string[]> {
  const named = groups.filter(({ dedupKey }) => findings.some((finding) => finding.includes(dedupKey.slice(0, 12))))
  return Promise.all(
    named.slice(0, TOLD).map(async (group) => {
      const incidents = incidentsOf(group.dedupKey)
      const own = ledger.filter((entry) => incidents.includes(entry.target)).map(toLine)
      const told = toTimeline(await caseOf(group.clusterIds[0] ?? ''))
      return [`${group.kind} ${group.dedupKey.slice(0, 12)}`, ...[...own, ...told].sort()].join('\n  ')
    }),
  )
}

function toLine({ at, effect, detail, actor }: LedgerEntry): string {
  const { content, seconds, repeated } = detail
  const what = [typeof content === 'string' ? content.split('\n')[0] : '', seconds, repeated === true ? 'repeated' : '']
  return `${at} ${effect} by ${actor} ${what.join(' ')}`.slice(0, TEXT_LIMIT)
}

function toTimeline(body: string): string[] {
  const parsed = casesSchema.safeParse(parseJson(body))
  if (!parsed.success) return [`case: ${body.slice(0, TEXT_LIMIT)}`]
  return parsed.data.cases.flatMap(({ state, timeline }) => [
    ...timeline.map(({ at, what }) => `${at} said: ${what}`.slice(0, TEXT_LIMIT)),
    `case: ${state}`,
  ])
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
