import type { PagerdutyClient } from '../clients/pagerduty.ts'
import { LAST_PAGE } from '../clients/pagerduty-queries.ts'
import type { RawIncident } from '../clients/pagerduty-schema.ts'
import { keyOf } from './account-log.ts'

/** Which open incidents hold an alert of a key? */
export interface IncidentQuestion {
  dedupKey: string
  /** True where the asker knows an incident of it: that it is not open any more has to be certain. */
  isBound: boolean
  /** Since when the incident of the key was made, as far as the asker can tell (ms). */
  sinceMs: number
}

/** The open incidents of a key, newest first, among those that were made up to a time (ms). */
export interface Found {
  open: RawIncident[]
  toMs: number
}

/** Questions about older incidents than the others by more than this do not make the list of all of them longer, in ms. */
const SPAN_MS = 3_600_000
/** Pages read side by side at most. */
const PAGES_AT_ONCE = 4

/** Since when the incidents of most of the questions were made (ms). */
export function usualSinceMs(questions: readonly IncidentQuestion[]): number {
  const sinceMs = questions.map((question) => question.sinceMs)
  const newestMs = Math.max(...sinceMs)
  return Math.min(...sinceMs.filter((ms) => ms >= newestMs - SPAN_MS))
}

/**
 * What pages of the open incidents made since a time, or with null of any age, tell of the questions. They are read until
 * each is answered, or until it costs less to ask what is left one by one: a question that is left has no entry.
 */
export async function findMadeSince(
  client: Pick<PagerdutyClient, 'openIncidentsPage' | 'alerts'>,
  questions: readonly IncidentQuestion[],
  sinceMs: number | null,
): Promise<Map<IncidentQuestion, Found>> {
  const byKey = new Map<string, RawIncident[]>()
  const severalAlerts = new Map<string, RawIncident>()
  const unanswered = () => questions.filter(({ dedupKey }) => !byKey.has(dedupKey))
  const readLimit = () => Math.min(unanswered().length, LAST_PAGE - PAGES_AT_ONCE)
  let pagesRead = 0
  let toMs = Number.NEGATIVE_INFINITY
  while (pagesRead < readLimit() && toMs < Number.POSITIVE_INFINITY) {
    const first = pagesRead
    const atOnce = Math.min(Math.max(1, first), PAGES_AT_ONCE)
    const pages = await Promise.all(
      Array.from({ length: atOnce }, (_, index) => client.openIncidentsPage(sinceMs, first + index)),
    )
    pagesRead += atOnce
    for (const { items, isComplete } of pages) {
      for (const incident of items) {
        addByKey(byKey, keyOfIncident(incident), incident)
        if (incident.alert_counts?.all !== 1) severalAlerts.set(incident.id, incident)
      }
      toMs = isComplete ? Number.POSITIVE_INFINITY : Math.max(toMs, items.at(-1)?.created_at ?? toMs)
    }
  }
  // Where each question would cost less: what incidents with more alerts than their first hold can't be told from the list.
  if (severalAlerts.size > questions.length) return new Map()
  await Promise.all([...severalAlerts.values()].map((incident) => addAlertKeys(client, byKey, incident)))
  const found = new Map<IncidentQuestion, Found>()
  for (const question of questions) {
    const open = byKey.get(question.dedupKey) ?? (isProvenAbsent(question) ? [] : null)
    if (open) found.set(question, { open, toMs })
  }
  return found

  /** Only all of any age prove it. One that leaves the list while pages are turned moves others up, past the reader. */
  function isProvenAbsent({ isBound }: IncidentQuestion): boolean {
    return sinceMs === null && toMs === Number.POSITIVE_INFINITY && (pagesRead === 1 || !isBound)
  }
}

function keyOfIncident(incident: RawIncident): string | null {
  return incident.incident_key ?? keyOf(incident.first_trigger_log_entry)
}

/** Newest first; pages may overlap where incidents left or joined the list meanwhile. */
function addByKey(byKey: Map<string, RawIncident[]>, key: string | null | undefined, incident: RawIncident): void {
  if (key == null) return
  const others = (byKey.get(key) ?? []).filter(({ id }) => id !== incident.id)
  byKey.set(
    key,
    [incident, ...others].sort((a, b) => (b.created_at ?? 0) - (a.created_at ?? 0)),
  )
}

async function addAlertKeys(
  client: Pick<PagerdutyClient, 'alerts'>,
  byKey: Map<string, RawIncident[]>,
  incident: RawIncident,
): Promise<void> {
  const { items } = await client.alerts(incident.id)
  for (const { alert_key: key } of items) addByKey(byKey, key, incident)
}
