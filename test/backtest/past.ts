import type { PastIncident } from '../../src/backtest/past-incident.ts'
import type { RawLogEntry, RawNote } from '../../src/clients/pagerduty-schema.ts'
import { NOW_MS } from '../support/builders.ts'

export const ADA = { id: 'PADA', type: 'user_reference', summary: 'Ada' }
export const OWN = { id: 'PRESPOND', type: 'user_reference', summary: 'Responder' }
const SERVICE = { id: 'PSERVICE', type: 'service_reference', summary: 'armada' }

let count = 0

/** A log entry by Ada a minute after the beginning. */
export function anEntry(type: string, change: Partial<RawLogEntry> = {}): RawLogEntry {
  count += 1
  const entry = { id: `R${count}`, type: `${type}_log_entry`, created_at: NOW_MS + 60_000, agent: ADA }
  return { ...entry, channel: null, ...change }
}

export function byService(type: string, change: Partial<RawLogEntry> = {}): RawLogEntry {
  return anEntry(type, { agent: SERVICE, ...change })
}

export function aNote(content: string, change: Partial<RawNote> = {}): RawNote {
  return { id: 'PNOTE', content, user: ADA, created_at: NOW_MS + 60_000, ...change }
}

export function aPast(change: Partial<PastIncident> = {}): PastIncident {
  return {
    incident: { id: 'Q1', status: 'resolved', created_at: NOW_MS },
    createdAtMs: NOW_MS,
    alerts: [{ id: 'A1', status: 'resolved', alert_key: 'a'.repeat(64), created_at: NOW_MS }],
    log: [byService('trigger', { created_at: NOW_MS })],
    notes: [],
    ...change,
  }
}
