import type { Sandbox } from '../sandbox/sandbox.ts'
import type { CaseView } from '../src/handlers/api/case-schema.ts'
import type { Expectation, SnoozeRest } from './scenarios/scenario.ts'
import type { Scene } from './scene.ts'

const SNOOZE_REST: SnoozeRest = 'snooze (rest of 7200)'
const SNOOZE_SECONDS = 7_200
/** Between a snooze that was lost and the one sent again: a restart of the responder. */
const MOST_LOST_SECONDS = 60

/** What came of an episode, as the API and the sandbox tell it. */
export interface Observation {
  state: string | null
  reasons: string[]
  refusals: string[]
  effects: string[]
  /** About the scenario's clusters, in the order in which they were opened. */
  issues: string[]
  lastNote: string
  rings: number
  incidentId: string | null
  caseUrl: string | null
}

/** All that the responder did to an incident, in order, in the words of the sandbox's ledger. */
export function effectsOn({ ledger }: Sandbox, incidentId: string): string[] {
  return ledger
    .entries()
    .filter(({ actor, upstream, target }) => actor === 'responder' && upstream === 'pagerduty' && target === incidentId)
    .map(({ effect, detail }) => {
      const seconds = effect === 'snooze' ? ` ${String(detail.seconds)}` : ''
      return `${effect}${seconds}${detail.repeated === true ? ' (repeated)' : ''}`
    })
}

/** The present state of a scene. */
export async function observe(scene: Scene): Promise<Observation> {
  const { sandbox, dedupKey } = scene
  const subject = await scene.findCase()
  const incident = sandbox.pagerduty.byKey(dedupKey)
  const notes = incident ? sandbox.ledger.of('note', incident.id).filter(({ actor }) => actor === 'responder') : []
  return {
    state: subject?.state ?? null,
    reasons: distinct(subject?.alerts.flatMap(({ verdict }) => verdict?.reason ?? []) ?? []),
    refusals: distinct(toRails(subject)),
    effects: incident ? effectsOn(sandbox, incident.id) : [],
    issues: issuesOf(scene),
    lastNote: String(notes.at(-1)?.detail.content ?? ''),
    rings: incident ? sandbox.pagerduty.rings(incident.id).length : 0,
    incidentId: incident?.id ?? null,
    caseUrl: subject?.url ?? null,
  }
}

/** What is not as expected, a sentence each; empty when all is. */
export function differences(expected: Expectation, seen: Observation): string[] {
  const pairs: [what: string, wanted: string, is: string][] = [
    ['state', expected.state ?? 'no case', seen.state ?? 'no case'],
    ['reasons', distinct(expected.reasons).join(', '), seen.reasons.join(', ')],
    ['refusals', distinct(expected.refusals ?? []).join(', '), seen.refusals.join(', ')],
    ['effects', expected.effects.join(', '), asExpected(expected.effects, seen.effects).join(', ')],
    ['issues', (expected.issues ?? []).join('; '), seen.issues.join('; ')],
    // Nobody is woken twice for one incident, unless the responder has a reason to wake.
    ['rings', String(expected.rings ?? 1), String(seen.rings)],
  ]
  return [
    ...pairs
      .filter(([, wanted, is]) => wanted !== is)
      .map(([what, wanted, is]) => `${what}: expected ${wanted || 'none'}, is ${is || 'none'}`),
    ...(expected.noteIncludes ?? [])
      .filter((part) => !seen.lastNote.includes(part))
      .map((part) => `note: does not say "${part}"`),
  ]
}

/** The effects seen, where the rest of a snooze is expected and is one in the words of the expectation. */
function asExpected(expected: Expectation['effects'], seen: readonly string[]): string[] {
  return seen.map((effect, index) => {
    const wanted = expected[index]
    const seconds = Number(/^snooze (\d+)$/.exec(effect)?.[1])
    const isRest = wanted === SNOOZE_REST && seconds > SNOOZE_SECONDS - MOST_LOST_SECONDS && seconds <= SNOOZE_SECONDS
    return isRest ? wanted : effect
  })
}

function issuesOf({ sandbox, clusterIds }: Scene): string[] {
  return sandbox.github
    .issues()
    .filter(({ title }) => clusterIds().some((id) => title.includes(id)))
    .map(({ state, comments }) => `${state}, ${comments.length} comment${comments.length === 1 ? '' : 's'}`)
}

function toRails(subject: CaseView | null): string[] {
  return subject?.plan.refusals.filter(({ action }) => action === 'snooze').map(({ rail }) => rail) ?? []
}

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)].sort()
}
