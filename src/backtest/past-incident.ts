import { z } from 'zod'
import {
  alertSchema,
  incidentSchema,
  logEntrySchema,
  noteSchema,
  type RawAlert,
  type RawIncident,
  type RawLogEntry,
  type RawNote,
} from '../clients/pagerduty-schema.ts'
import { maskSecrets } from '../model/outside-text.ts'

/** An incident with all that PagerDuty keeps of it, log entries oldest first. */
export interface PastIncident {
  incident: RawIncident
  createdAtMs: number
  alerts: RawAlert[]
  log: RawLogEntry[]
  notes: RawNote[]
}

/** One that can't be judged: which, as far as it says, and why. */
export interface Unreadable {
  id: string
  why: string
}

const parts = z.object({
  alerts: z.array(alertSchema),
  log_entries: z.array(logEntrySchema),
  notes: z.array(noteSchema).default([]),
})
const exportSchema = z.object({ incidents: z.array(z.unknown()), exported_at: z.iso.datetime().nullish().catch(null) })
const named = z.object({ id: z.string() })

/** Incidents as they came, each read or not, and up to when (ms) their histories are known. */
export interface History {
  all: (PastIncident | Unreadable)[]
  knownToMs: number
}

/** The history in an export's text; or why it is no export, a clause. */
export function readExport(text: string): History | { fault: string } {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { fault: 'is no JSON' }
  }
  const parsed = exportSchema.safeParse(json)
  if (!parsed.success) return { fault: 'has no list "incidents" of PagerDuty incidents' }
  const all = parsed.data.incidents.map(readPastIncident)
  const exportedAt = parsed.data.exported_at
  return { all, knownToMs: exportedAt ? Date.parse(exportedAt) : newestMs(all) }
}

/** When the last thing is told of; no history reaches less far. */
export function newestMs(all: readonly (PastIncident | Unreadable)[]): number {
  return all
    .filter(isReadable)
    .flatMap(({ log }) => log)
    .reduce((newest, { created_at: atMs }) => Math.max(newest, atMs), 0)
}

/** An incident in PagerDuty's own shape with its `alerts`, `log_entries` and `notes`, or why it can't be read. */
export function readPastIncident(raw: unknown): PastIncident | Unreadable {
  const incident = incidentSchema.safeParse(raw)
  const rest = parts.safeParse(raw)
  const id = named.safeParse(raw).data?.id ?? 'without an id'
  const [fault] = [...(incident.error?.issues ?? []), ...(rest.error?.issues ?? [])]
  if (!incident.success || !rest.success)
    return { id, why: `${fault?.path.join('.') || 'it'}: ${fault?.message ?? 'is not what PagerDuty gives'}` }
  return toPast(incident.data, {
    alerts: rest.data.alerts,
    log: rest.data.log_entries,
    notes: rest.data.notes,
  })
}

/** The incident with its parts, or why they tell too little. */
export function toPast(
  incident: RawIncident,
  { alerts, log, notes }: Pick<PastIncident, 'alerts' | 'log' | 'notes'>,
): PastIncident | Unreadable {
  const { id, created_at: createdAtMs } = incident
  if (createdAtMs == null) return { id, why: 'it does not say when it was made' }
  if (alerts.length === 0) return { id, why: 'it holds no alert' }
  if (log.length === 0) return { id, why: 'it has no log entries: what people did is not known' }
  return { incident, createdAtMs, alerts, notes, log: log.toSorted((a, b) => a.created_at - b.created_at) }
}

export function isReadable(read: PastIncident | Unreadable): read is PastIncident {
  return 'incident' in read
}

export function isUnreadable(read: PastIncident | Unreadable): read is Unreadable {
  return !isReadable(read)
}

/** The text of an export in PagerDuty's shapes, with what a backtest reads of each and no more, secrets masked. */
export function toExport({ all, knownToMs }: History): string {
  const incidents = all.filter(isReadable).map(({ incident, alerts, log, notes }) => ({
    ...incident,
    created_at: iso(incident.created_at),
    acknowledgements: incident.acknowledgements?.map((one) => ({ ...one, at: iso(one.at) })) ?? null,
    pending_actions: incident.pending_actions?.map((one) => ({ ...one, at: iso(one.at) })) ?? null,
    alerts: alerts.map((alert) => ({ ...alert, created_at: iso(alert.created_at) })),
    log_entries: log.map((entry) => ({
      ...entry,
      created_at: iso(entry.created_at),
      changed_actions: entry.changed_actions?.map((one) => ({ ...one, at: iso(one.at) })) ?? null,
    })),
    notes: notes.map((note) => ({ ...note, created_at: iso(note.created_at) })),
  }))
  const masking = (_key: string, value: unknown) => (typeof value === 'string' ? maskSecrets(value) : value)
  return `${JSON.stringify({ exported_at: iso(knownToMs), incidents }, masking, 1)}\n`
}

function iso(ms: number | null | undefined): string | null {
  return ms == null ? null : new Date(ms).toISOString()
}
