import { z } from 'zod'
import type { Config } from '../../config/config.ts'
import { CASE_STATES, type CaseState } from '../../model/case.ts'
import { isClusterId } from '../../model/cluster-id.ts'
import type { CaseStore } from '../../store/store.ts'
import { type CaseView, toCaseView } from '../api/case-view.ts'
import type { ListSection } from './list-page.ts'
import { standingOf } from './state-pill.ts'

/** Open cases of a state shown at once: more than a person reads, and still a page for a phone. Ended ones by the page. */
const OPEN_LIMIT = 50
const ENDED_LIMIT = 25

interface SectionRule {
  title: string
  /** What its cases do, after their number: of one, of any other number. Null where nobody asks how many there are. */
  tally: readonly [string, string] | null
  /** A section that is counted although it is empty. */
  isAlwaysTold?: boolean
  states: readonly CaseState[]
  /** Which of the cases in these states; every one where it is left out. */
  holds?: (view: CaseView) => boolean
}

const SECTIONS: readonly SectionRule[] = [
  {
    title: 'Needs a person',
    tally: ['needs a person', 'need a person'],
    isAlwaysTold: true,
    states: ['handed-over'],
    holds: (view) => standingOf(view).colour === 'red',
  },
  {
    title: 'Being judged',
    tally: ['being judged', 'being judged'],
    isAlwaysTold: true,
    states: ['gathering', 'waiting'],
  },
  {
    title: 'Would be snoozed',
    tally: ['would be snoozed', 'would be snoozed'],
    states: ['snoozed'],
    holds: ({ isQuiet }) => !isQuiet,
  },
  {
    title: 'Snoozed',
    tally: ['snoozed', 'snoozed'],
    isAlwaysTold: true,
    states: ['snoozed'],
    holds: ({ isQuiet }) => isQuiet,
  },
  {
    title: 'A person has it',
    tally: ['with a person', 'with a person'],
    states: ['handed-over'],
    holds: (view) => standingOf(view).colour !== 'red',
  },
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

/** The newest cases of one state, and where the older ones are. */
interface StateList {
  cases: CaseView[]
  more: string | null
}
type StateLists = ReadonlyMap<CaseState, StateList>

/** The sections of the list, those that need a person first; and how many of the snoozed cases are kept quiet for real. */
export async function loadSections(
  query: ListQuery,
  deps: SectionDeps,
): Promise<{ sections: ListSection[]; snoozed: number | 'some' }> {
  const lists: StateLists = new Map(
    await Promise.all(CASE_STATES.map(async (state) => [state, await load(state, query, deps)] as const)),
  )
  const sections = SECTIONS.map((rule) => toSection(rule, lists))
  const asleep = lists.get('snoozed')
  // A part of the list says nothing of how many there are in all.
  const isWhole = query.cluster === undefined && query.state === undefined && asleep?.more === null
  return { sections, snoozed: isWhole ? asleep.cases.filter(({ isQuiet }) => isQuiet).length : 'some' }
}

function toSection({ title, tally, isAlwaysTold = false, states, holds }: SectionRule, lists: StateLists): ListSection {
  const found = states.flatMap((state) => lists.get(state) ?? [])
  const cases = found
    .flatMap((list) => list.cases)
    .filter((view) => holds?.(view) ?? true)
    .sort((a, b) => Date.parse(b.openedAt) - Date.parse(a.openedAt))
  const more = found.flatMap((list) => list.more ?? [])[0] ?? null
  const isTold = isAlwaysTold || cases.length > 0
  return { title, tally: tally && isTold ? (cases.length === 1 ? tally[0] : tally[1]) : null, cases, more }
}

async function load(state: CaseState, query: ListQuery, { store, config }: SectionDeps): Promise<StateList> {
  const cluster = query.cluster ?? ''
  if (query.state !== undefined && query.state !== state) return { cases: [], more: null }
  if (cluster !== '' && !isClusterId(cluster)) return { cases: [], more: null }
  const { cases, nextCursor } = await store.listCases({
    state,
    limit: state === 'resolved' ? ENDED_LIMIT : OPEN_LIMIT,
    ...(cluster === '' ? {} : { clusterId: cluster }),
    ...(query.state === state && query.cursor !== undefined ? { cursor: query.cursor } : {}),
  })
  const rest = nextCursor
    ? new URLSearchParams({ state, cursor: nextCursor, ...(cluster === '' ? {} : { cluster }) })
    : null
  const shown = { publicUrl: config.publicUrl, policy: config.policy.current() }
  return {
    cases: cases.map((subject) => toCaseView(subject, shown)),
    more: rest && `/?${rest.toString()}`,
  }
}
