import type { PagerdutyClient } from '../clients/pagerduty.ts'
import type { RawIncident } from '../clients/pagerduty-schema.ts'
import { keyOf } from './account-log.ts'
import { type ListPart, type ReadPages, readOpenPages } from './open-incident-pages.ts'

/** Which open incidents hold an alert of a key? */
export interface IncidentQuestion {
  dedupKey: string
  /** True where the asker knows an incident of it: that it is not open any more has to be certain. */
  isBound: boolean
  /** Since when the incident of the key was made, as far as the asker can tell (ms). */
  sinceMs: number
}

/** What the part of the list that was read tells. */
export interface FoundIncidents extends ReadPages {
  /** The open incidents of the questions' keys, newest first; a question that has to be asked by itself has no entry. */
  open: ReadonlyMap<IncidentQuestion, RawIncident[]>
  /** The first page that told of a question: the next questions are likely to be about what follows. */
  firstPage: number
}

/**
 * What a part of the list of open incidents tells of the questions. It is read until each is answered, or until it costs
 * less to ask what is left one by one.
 */
export async function findOpenIncidents(
  client: Pick<PagerdutyClient, 'openIncidentsPage' | 'alerts'>,
  questions: readonly IncidentQuestion[],
  part: ListPart,
): Promise<FoundIncidents> {
  const byKey = new Map<string, RawIncident[]>()
  const severalAlerts = new Map<string, RawIncident>()
  const wanted = new Set(questions.map(({ dedupKey }) => dedupKey))
  const usefulPages = new Set<number>()
  const read = await readOpenPages(client, part, {
    take(incident, page) {
      const key = incident.incident_key ?? keyOf(incident.first_trigger_log_entry)
      addByKey(byKey, key, incident)
      if (key !== null && wanted.has(key)) usefulPages.add(page)
      if (incident.alert_counts?.all !== 1) severalAlerts.set(incident.id, incident)
    },
    pagesWorth: () => [...wanted].filter((key) => !byKey.has(key)).length,
  })
  const open = new Map<IncidentQuestion, RawIncident[]>()
  const found = { ...read, open, firstPage: usefulPages.size > 0 ? Math.min(...usefulPages) : 0 }
  // The list does not show the keys of the further alerts of an incident; to read those may cost more than to ask singly.
  if (severalAlerts.size > questions.length) return found
  await Promise.all([...severalAlerts.values()].map((incident) => addAlertKeys(client, byKey, incident)))
  for (const question of questions) {
    const incidents = byKey.get(question.dedupKey) ?? (isProvenAbsent(question, part, read) ? [] : null)
    if (incidents) open.set(question, incidents)
  }
  return found
}

/** Only all of any age prove it. One that leaves the list while pages are turned moves others up, past the reader. */
function isProvenAbsent({ isBound }: IncidentQuestion, { sinceMs }: ListPart, read: ReadPages): boolean {
  const isWhole = read.fromMs === Number.NEGATIVE_INFINITY && read.toMs === Number.POSITIVE_INFINITY
  return sinceMs === null && isWhole && (read.pagesRead === 1 || !isBound)
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
