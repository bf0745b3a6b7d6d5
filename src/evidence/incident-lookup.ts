import type { PagerdutyClient } from '../clients/pagerduty.ts'
import type { RawIncident, RawLogEntry } from '../clients/pagerduty-schema.ts'
import type { HumanAct, Incident } from '../model/incident.ts'
import { maskSecrets } from '../model/outside-text.ts'
import type { AskIncidents } from './incident-board.ts'

/** Who we are in PagerDuty: by e-mail from the start, by id once an answer of one of our own calls has told it. */
export interface OwnUser {
  email: string
  id: string | null
}

/** Entries after which the incident is no more in a person's hands than before. */
const QUIET_ENTRIES = new Set([
  'notify_log_entry',
  'trigger_log_entry',
  'priority_change_log_entry',
  'urgency_change_log_entry',
  'field_value_change_log_entry',
  'custom_field_value_change_log_entry',
])
/** Entries after which an incident is held by somebody, or rings again. */
const HOLDING_ENTRIES = new Set([
  'acknowledge_log_entry',
  'unacknowledge_log_entry',
  'snooze_log_entry',
  'escalate_log_entry',
  'assign_log_entry',
  'reopen_log_entry',
  'resolve_log_entry',
])
const SHARING_ENTRY = /responder|status_update|conference/

/**
 * The newest open incident of a dedup key, with what people did to it; else the one the case was bound to, where that is
 * resolved by now; else null. Alone it takes two calls for an incident with one alert, three for one with more.
 * @throws TransientError, TerminalError when PagerDuty does not answer: unavailable is not absent.
 */
export async function lookUpIncident(
  { client, askIncidents }: { client: Pick<PagerdutyClient, 'incident' | 'alerts'>; askIncidents: AskIncidents },
  ask: { dedupKey: string; boundId: string | null; sinceMs: number; own: OwnUser; nowMs: number },
): Promise<Incident | null> {
  const { dedupKey, sinceMs } = ask
  const { open, log } = await askIncidents({ dedupKey, sinceMs, isBound: ask.boundId !== null })
  const [newest] = open
  if (!newest || !log) return ask.boundId === null ? null : toIncident(await client.incident(ask.boundId), ask)
  const incident = toIncident(newest, ask)
  const own = { ...ask.own, id: ask.own.id ?? ownIdOf(newest, ask.own.email) }
  return {
    ...incident,
    humanActs: toHumanActs(log.items, own),
    ownSnoozedAtMs: ownSnoozedAtMs(log.items, own),
    sharedWhy:
      incident.sharedWhy ??
      (open.length > 1 ? `${open.length} open incidents hold an alert of this key` : null) ??
      (log.isComplete ? null : 'its log is longer than is read') ??
      sharingEntry(log.items, ask.dedupKey) ??
      (await foreignAlert(client, newest, ask.dedupKey)),
  }
}

/** An incident as PagerDuty tells it, without its history. */
export function toIncident(raw: RawIncident, { dedupKey, nowMs }: { dedupKey: string; nowMs: number }): Incident {
  const pending = (type: string) => raw.pending_actions?.find((action) => action.type === type)?.at ?? null
  return {
    id: raw.id,
    number: raw.incident_number ?? null,
    url: raw.html_url ?? '',
    title: maskSecrets(raw.title ?? ''),
    createdAtMs: raw.created_at ?? null,
    status: raw.status,
    priority: masked(raw.priority?.summary ?? raw.priority?.name),
    serviceId: raw.service?.id ?? null,
    serviceName: masked(raw.service?.summary),
    escalationPolicy: raw.escalation_policy
      ? {
          id: raw.escalation_policy.id,
          name: maskSecrets(raw.escalation_policy.summary ?? 'its escalation policy'),
          url: raw.escalation_policy.html_url ?? null,
        }
      : null,
    assignees: raw.assignments?.map(({ assignee }) => maskSecrets(assignee.summary ?? assignee.id)) ?? [],
    acknowledgers:
      raw.acknowledgements?.map(({ at, acknowledger }) => ({
        id: acknowledger.id,
        email: acknowledger.email ?? null,
        atMs: at,
      })) ?? [],
    unacknowledgeAtMs: pending('unacknowledge'),
    escalateAtMs: pending('escalate'),
    sharedWhy: sharedWhy(raw, dedupKey),
    humanActs: null,
    readAtMs: nowMs,
    isOutdated: false,
  }
}

/** Our own user's id, where the incident names us among its acknowledgers. */
export function ownIdOf(raw: RawIncident, email: string): string | null {
  const own = raw.acknowledgements?.find(
    ({ acknowledger }) => acknowledger.email?.toLowerCase() === email.toLowerCase(),
  )
  return own?.acknowledger.id ?? null
}

/** What users other than us did. Integrations, time-outs and notifications are nobody. */
export function toHumanActs(entries: readonly RawLogEntry[], own: OwnUser): HumanAct[] {
  return entries
    .filter((entry) => !QUIET_ENTRIES.has(entry.type))
    .filter(({ agent }) => agent?.type?.startsWith('user') === true && agent.id !== own.id)
    .map((entry) => ({
      who: maskSecrets(entry.agent?.summary ?? entry.agent?.id ?? 'somebody'),
      what: entry.type.replace(/_log_entry$/, ''),
      atMs: entry.created_at,
    }))
    .sort((a, b) => a.atMs - b.atMs)
}

/** When our own user snoozed the incident, where no later entry says that it is held otherwise or rings again; else null. */
export function ownSnoozedAtMs(entries: readonly RawLogEntry[], own: OwnUser): number | null {
  const [newest] = entries
    .filter(({ type }) => HOLDING_ENTRIES.has(type))
    .sort((a, b) => b.created_at - a.created_at || Number(isSnooze(b)) - Number(isSnooze(a)))
  if (!newest || !isSnooze(newest) || own.id === null || newest.agent?.id !== own.id) return null
  return newest.created_at
}

function isSnooze({ type }: RawLogEntry): boolean {
  return type === 'snooze_log_entry'
}

/** A name or title that somebody chose, as it may be stored. */
function masked(text: string | null | undefined): string | null {
  return text == null ? null : maskSecrets(text)
}

function sharedWhy(raw: RawIncident, dedupKey: string): string | null {
  if (raw.incident_key != null && raw.incident_key !== dedupKey)
    return 'the incident carries another key than this group'
  if ((raw.responder_requests?.length ?? 0) > 0 || (raw.incidents_responders?.length ?? 0) > 0)
    return 'other responders were asked to join it'
  if (raw.conference_bridge?.conference_number || raw.conference_bridge?.conference_url)
    return 'it has a conference bridge'
  return null
}

function sharingEntry(entries: readonly RawLogEntry[], dedupKey: string): string | null {
  if (entries.some((entry) => SHARING_ENTRY.test(entry.type))) return 'responders or a status update were added to it'
  const other = entries.find(({ channel }) => {
    const key = channel?.dedup_key ?? channel?.incident_key
    return key != null && key !== dedupKey
  })
  return other ? 'it was triggered by an alert of another key' : null
}

async function foreignAlert(
  client: Pick<PagerdutyClient, 'alerts'>,
  raw: RawIncident,
  dedupKey: string,
): Promise<string | null> {
  if (raw.alert_counts?.all === 1) return null
  const { items, isComplete } = await client.alerts(raw.id)
  if (!isComplete) return 'it holds more alerts than are read'
  const foreign = items.filter((alert) => alert.alert_key !== dedupKey)
  return foreign.length > 0 ? `it also holds ${foreign.length} alerts of another key` : null
}
