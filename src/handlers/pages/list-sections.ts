import { z } from 'zod'
import type { Config } from '../../config/config.ts'
import { CASE_STATES, type Case, type CaseState } from '../../model/case.ts'
import { isClusterId } from '../../model/cluster-id.ts'
import type { CaseStore } from '../../store/store.ts'
import { toCaseView } from '../api/case-view.ts'
import type { ListSection } from './list-page.ts'

/** Open cases of a state shown at once: more than a person reads, and still a page for a phone. Ended ones by the page. */
const OPEN_LIMIT = 50
const ENDED_LIMIT = 25
const SECTIONS: readonly { title: string; tally: string | null; states: readonly CaseState[] }[] = [
  { title: 'Needs a person', tally: 'need a person', states: ['handed-over'] },
  { title: 'Being judged', tally: 'being judged', states: ['gathering', 'waiting'] },
  { title: 'Snoozed', tally: 'snoozed', states: ['snoozed'] },
  { title: 'Ended', tally: null, states: ['resolved'] },
]

/** What the list can be narrowed by. */
export const ListQuery = z.object({
  cluster: z.string().trim().max(100).optional(),
  state: z.enum(CASE_STATES).optional(),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,400}$/)
    .optional(),
})
type ListQuery = z.infer<typeof ListQuery>

interface SectionDeps {
  store: Pick<CaseStore, 'listCases'>
  config: Pick<Config, 'publicUrl' | 'policy'>
}

/** The sections of the list, those that need a person first; and how many of the snoozed cases are kept quiet for real. */
export async function loadSections(
  query: ListQuery,
  { store, config }: SectionDeps,
): Promise<{ sections: ListSection[]; snoozed: number | 'some' }> {
  const loaded = await Promise.all(
    SECTIONS.map(async ({ states, ...words }) => ({ ...words, ...(await load(states, query, store)) })),
  )
  const shown = { publicUrl: config.publicUrl, policy: config.policy.current() }
  const sections = loaded.map(({ cases, ...section }) => ({
    ...section,
    cases: cases.map((subject) => toCaseView(subject, shown)),
  }))
  const quiet = loaded
    .flatMap(({ cases }) => cases)
    .filter(({ state, snooze }) => state === 'snoozed' && snooze?.isReal)
  // A part of the list says nothing of how many there are in all.
  const isWhole =
    query.cluster === undefined &&
    query.state === undefined &&
    loaded.every(({ title, more }) => title !== 'Snoozed' || more === null)
  return { sections, snoozed: isWhole ? quiet.length : 'some' }
}

async function load(
  all: readonly CaseState[],
  query: ListQuery,
  store: SectionDeps['store'],
): Promise<{ cases: Case[]; more: string | null }> {
  const states = query.state === undefined ? all : all.filter((state) => state === query.state)
  const cluster = query.cluster ?? ''
  if (cluster !== '' && !isClusterId(cluster)) return { cases: [], more: null }
  const lists = await Promise.all(
    states.map((state) =>
      store.listCases({
        state,
        limit: state === 'resolved' ? ENDED_LIMIT : OPEN_LIMIT,
        ...(cluster === '' ? {} : { clusterId: cluster }),
        ...(query.state === state && query.cursor !== undefined ? { cursor: query.cursor } : {}),
      }),
    ),
  )
  const rest = states.flatMap((state, index) => {
    const cursor = lists[index]?.nextCursor
    return cursor ? [new URLSearchParams({ state, cursor, ...(cluster === '' ? {} : { cluster }) })] : []
  })
  return {
    cases: lists.flatMap((list) => list.cases).sort((a, b) => b.openedAtMs - a.openedAtMs),
    more: rest[0] ? `/?${rest[0].toString()}` : null,
  }
}
