import type { LedgerEntry } from '../../sandbox/ledger.ts'
import type { Group, Kind } from './groups.ts'

/** What the ledger shows that must not be. Each is a sentence. */
export interface Judgement {
  /** Outcomes that are owed and are not there. */
  lost: string[]
  /** Effects that are there more often than once. */
  duplicated: string[]
  /** Snoozes and issues that may not be. */
  forbidden: string[]
  /** Snoozes sent again to the same end, which change nothing. */
  repeatedStates: number
  /** Groups whose page rings and says that it needs people, though it might have been quieted: safe, and not what was hoped for. */
  givenBack: string[]
}

/** What is said of a page that is left to people because every look at it failed. */
const SET_ASIDE = 'Needs you: set aside'

/** A snooze that only rings the incident again. */
const WAKE_SECONDS = 1
const STATES: ReadonlySet<string> = new Set(['acknowledge', 'snooze', 'trigger', 'reassign'])
/** Two ends that differ by less are one end, in ms. */
const SAME_END_MS = 60_000

const SNOOZE_SECONDS: Readonly<Partial<Record<Kind, number>>> = { busy: 7_200, orphan: 43_200 }
const MAY_SNOOZE: ReadonlySet<Kind> = new Set(['busy', 'orphan', 'resolved'])

/** One group's effects. */
interface Effects {
  acknowledges: LedgerEntry[]
  snoozes: LedgerEntry[]
  wakes: LedgerEntry[]
  notes: string[]
  issues: LedgerEntry[]
  comments: LedgerEntry[]
  messages: LedgerEntry[]
  /** It was acknowledged last, neither snoozed nor woken after that: it rings nobody, and nothing will ring it. */
  isHeldQuiet: boolean
}

/** Judges by the ledger alone what became of the groups. `incidentsOf` gives the ids of a dedup key's incidents. */
export function judge(
  groups: readonly Group[],
  ledger: readonly LedgerEntry[],
  incidentsOf: (dedupKey: string) => readonly string[],
): Judgement {
  const judgement: Judgement = { lost: [], duplicated: [], forbidden: [], repeatedStates: 0, givenBack: [] }
  const index = indexOf(ledger.filter(({ actor }) => actor === 'responder'))
  for (const group of groups) judgeGroup(group, effectsOf(group, index, incidentsOf(group.dedupKey)), judgement)
  return judgement
}

function judgeGroup(group: Group, effects: Effects, into: Judgement): void {
  const named = `${group.kind} ${group.dedupKey.slice(0, 12)}`
  const say = (list: string[], what: string): void => void list.push(`${named}: ${what}`)
  const ends = distinctEnds(effects.snoozes)
  into.repeatedStates += effects.snoozes.length - ends

  if (effects.wakes.length > 0) say(into.givenBack, 'woken')
  const isLeftToPeople = wasLeftToPeople(effects)
  for (const what of owed(group, effects))
    say(isLeftToPeople && GIVEN_BACK_WITHOUT.has(what) ? into.givenBack : into.lost, what)

  const repeated = effects.acknowledges.filter(({ detail }) => detail.repeated === true).length
  if (repeated > 0 || effects.acknowledges.length > 1 + effects.wakes.length)
    say(into.duplicated, `${effects.acknowledges.length} acknowledgements`)
  if (ends > 1 + effects.wakes.length) say(into.duplicated, `${ends} snoozes`)
  for (const what of twice(effects.notes.map(markOf))) say(into.duplicated, `note ${what}`)
  for (const what of twice(effects.notes.map((text) => text.split('\n')[0] ?? '')))
    say(into.duplicated, `note "${what}"`)
  if (effects.messages.length > 1) say(into.duplicated, `${effects.messages.length} Slack messages`)
  for (const what of twice(effects.issues.map(({ detail }) => String(detail.title))))
    say(into.duplicated, `issue ${what}`)

  for (const what of twice(effects.comments.map(({ target, detail }) => `on issue ${target}: ${detail.body}`)))
    say(into.duplicated, `comment ${what}`)

  if (!MAY_SNOOZE.has(group.kind) && effects.snoozes.length > 0) say(into.forbidden, 'snoozed')
  if (group.kind !== 'orphan' && effects.issues.length > 0) say(into.forbidden, 'issue opened')
  const longest = Math.max(0, ...effects.snoozes.map(({ detail }) => Number(detail.seconds)))
  const allowed = SNOOZE_SECONDS[group.kind] ?? SNOOZE_SECONDS.busy ?? 0
  if (longest > allowed) say(into.forbidden, `snoozed for ${longest} s`)
}

/** What a page that was given back to people may do without. */
const GIVEN_BACK_WITHOUT: ReadonlySet<string> = new Set(['no snooze', 'no issue', 'no note "Snoozed"'])

function wasLeftToPeople({ wakes, notes }: Effects): boolean {
  const isSetAside = notes.some((text) => text.startsWith(SET_ASIDE))
  return isSetAside || (wakes.length > 0 && notes.some((text) => text.startsWith('Needs you: ')))
}

/** What a group must have in the end and has not. */
function owed({ kind, clusterIds }: Group, { snoozes, notes, issues, messages, isHeldQuiet }: Effects): string[] {
  const missing: string[] = []
  if (isHeldQuiet && kind !== 'resolved') missing.push('held quiet, neither snoozed nor woken')
  if (SNOOZE_SECONDS[kind] !== undefined && snoozes.length === 0) missing.push('no snooze')
  if (kind === 'orphan' && new Set(issues.map(({ detail }) => detail.title)).size < clusterIds.length)
    missing.push('no issue')
  // What resolves in time is owed nothing.
  if (kind === 'resolved') return missing
  const isQuieted = SNOOZE_SECONDS[kind] !== undefined
  const opening = isQuieted ? 'Snoozed ' : 'Needs you: '
  if (!notes.some((text) => text.startsWith(opening))) missing.push(`no note "${opening.trim()}"`)
  if (messages.length === 0) missing.push('no Slack message')
  return missing
}

function markOf(note: string): string {
  return /kp-responder:[0-9a-f]{16}/.exec(note)?.[0] ?? note
}

function twice(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text, index) => texts.indexOf(text) !== index))]
}

function distinctEnds(snoozes: readonly LedgerEntry[]): number {
  const ends = snoozes.map(({ detail }) => Date.parse(String(detail.until))).sort((a, b) => a - b)
  return ends.filter((end, index) => index === 0 || end - (ends[index - 1] ?? 0) > SAME_END_MS).length
}

interface Index {
  byIncident: Map<string, LedgerEntry[]>
  issues: LedgerEntry[]
  comments: LedgerEntry[]
  messagesByKey: Map<string, LedgerEntry[]>
}

function indexOf(ledger: readonly LedgerEntry[]): Index {
  const index: Index = { byIncident: new Map(), issues: [], comments: [], messagesByKey: new Map() }
  for (const entry of ledger) {
    if (entry.upstream === 'pagerduty') append(index.byIncident, entry.target, entry)
    if (entry.effect === 'issue') index.issues.push(entry)
    if (entry.effect === 'issue-comment') index.comments.push(entry)
    if (entry.effect === 'message') append(index.messagesByKey, caseMarkOf(entry), entry)
  }
  return index
}

function append(map: Map<string, LedgerEntry[]>, key: string, entry: LedgerEntry): void {
  const known = map.get(key)
  if (known) known.push(entry)
  else map.set(key, [entry])
}

/** The part of a case's id that its dedup key gives; the message carries it in its metadata. */
function caseMarkOf({ detail }: LedgerEntry): string {
  return /slack\/c-([0-9a-f]{12})/.exec(JSON.stringify(detail.metadata ?? null))?.[1] ?? ''
}

function effectsOf(group: Group, index: Index, incidentIds: readonly string[]): Effects {
  const own = incidentIds.flatMap((id) => index.byIncident.get(id) ?? [])
  const of = (effect: string) => own.filter((entry) => entry.effect === effect)
  const issues = index.issues.filter(({ detail }) => group.clusterIds.some((id) => String(detail.title).includes(id)))
  const numbers = new Set(issues.map(({ target }) => target))
  const state = own.findLast(
    ({ effect, detail }) => STATES.has(effect) && !(effect === 'acknowledge' && detail.repeated === true),
  )
  const isWake = ({ detail }: LedgerEntry) => Number(detail.seconds) <= WAKE_SECONDS
  return {
    acknowledges: of('acknowledge'),
    snoozes: of('snooze').filter((entry) => !isWake(entry)),
    // The three rungs of the ladder.
    wakes: [...of('snooze').filter(isWake), ...of('trigger'), ...of('reassign')],
    notes: of('note').map(({ detail }) => String(detail.content)),
    issues,
    comments: index.comments.filter(({ target }) => numbers.has(target)),
    isHeldQuiet: state?.effect === 'acknowledge',
    messages: index.messagesByKey.get(group.dedupKey.slice(0, 12)) ?? [],
  }
}
