import type { Store } from '../../src/store/store.ts'

/** Told of each await: `store.intend snooze#1 before`, and the same with `after` once its promise has resolved. */
export type OnPoint = (point: string) => void

/**
 * Names of calls that change nothing durable, or are no part of the way to an effect. A process that dies after one
 * leaves behind what it would have left before it.
 */
const READS: ReadonlySet<string> = new Set(
  [
    'pending newestPending books incidentNews unplacedIncidents openCaseOfIncident latestCaseOfKey caseById latestCase',
    'listCases openCaseIds openCasesOfCluster openNeighbours arrivals countCases countByState due quietDue changesSince',
    'triesIfDue nextDueMs effect effectsOf snoozesOf countSnoozes countEffects oldestOpenIntentMs setting',
    'auditHead auditRecords checkWritable close',
  ].flatMap((names) => names.split(' ')),
)

/** True for a point at which other things are durable than at the point before it: just after a write. */
export function isAfterWrite(point: string): boolean {
  const method = /^store\.(\w+)/.exec(point)?.[1] ?? ''
  return point.endsWith(' after') && !READS.has(method)
}

/** The store, every method of which says when it is called and when it has resolved. */
export function recordCalls(store: Store, onPoint: OnPoint): Store {
  return new Proxy(store, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property)
      if (typeof member !== 'function' || typeof property !== 'string') return member
      return (...args: unknown[]): unknown => {
        const name = `store.${property}${subjectOf(property, args)}`
        onPoint(`${name} before`)
        // A class with private members knows only itself, not its proxy.
        const answer: unknown = Reflect.apply(member, target, args)
        return answer instanceof Promise ? told(answer, () => onPoint(`${name} after`)) : answer
      }
    },
  })
}

async function told(answer: Promise<unknown>, tell: () => void): Promise<unknown> {
  const value = await answer
  tell()
  return value
}

/** What a call is about, in a word, so that its name stays the same when another call comes between. */
function subjectOf(method: string, [first]: unknown[]): string {
  switch (method) {
    case 'intend':
      return ` ${kindOf(stringOf(first, 'key'))}`
    case 'effect':
    case 'conclude':
    case 'withdraw':
      return typeof first === 'string' ? ` ${kindOf(first)}` : ''
    case 'saveCase':
      return ` ${stringOf(first, 'state')}`
    case 'appendAudit':
      return ` ${stringOf(first, 'kind')}`
    case 'putSetting':
      return typeof first === 'string' ? ` ${first}` : ''
    default:
      return ''
  }
}

/** `note/INCIDENT/...` is a note; `slack/CASE/edit/...` is an edit. */
function kindOf(key: string): string {
  const [kind = '', , part] = key.split('/')
  return part === 'edit' ? `${kind}-edit` : kind
}

function stringOf(value: unknown, member: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, member) : undefined
  return typeof found === 'string' ? found : ''
}
