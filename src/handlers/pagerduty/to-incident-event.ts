import type { IncidentEvent } from '../../store/store.ts'
import { isOpening, isUsed, type WebhookEvent } from './schema.ts'

/**
 * Oldest event that is believed, in ms: PagerDuty sends again for 48 h, and an hour is for clocks. An older one is a
 * replay. Source: FACTS, webhooks; the signature covers no time of sending.
 */
const OLDEST_MS = 49 * 3_600_000
/** Alertmanager tells PagerDuty and us of a group's end at the same time: its own word to us comes first, in ms. */
const RESOLVE_GRACE_MS = 30_000
/** The mark that each of our notes ends with. */
const OWN_MARK = /kp-responder:[0-9a-f]{16}/

/** What an event is to us: taken in, remembered without effect, or set aside with the reason. */
export type Sorted =
  | { kind: 'accepted'; event: IncidentEvent }
  | { kind: 'own' | 'ignored'; event: IncidentEvent }
  | { kind: 'quarantined'; why: 'stale' | 'schema'; event: IncidentEvent }

/** What is to be done about an event. Pure. `ownId` is our own user in PagerDuty, null while it is not known. */
export function toIncidentEvent(
  event: WebhookEvent,
  { nowMs, ownId }: { nowMs: number; ownId: string | null },
): Sorted {
  const { id, event_type: type, data, agent } = event
  const remembered: IncidentEvent = {
    eventId: id,
    type,
    incidentId: null,
    receivedAtMs: nowMs,
    lookAtMs: nowMs,
    mayOpenCase: false,
  }
  if (Math.abs(nowMs - Date.parse(event.occurred_at)) > OLDEST_MS)
    return { kind: 'quarantined', why: 'stale', event: remembered }
  if (!isUsed(type)) return { kind: 'ignored', event: remembered }
  const incidentId = data.incident?.id ?? (data.type === 'incident' ? data.id : null)
  if (!incidentId) return { kind: 'quarantined', why: 'schema', event: remembered }
  if (isOwnAct(event, ownId)) return { kind: 'own', event: remembered }
  const isByMachine = agent?.type?.startsWith('user') !== true
  return {
    kind: 'accepted',
    event: {
      ...remembered,
      incidentId,
      lookAtMs: type === 'incident.resolved' && isByMachine ? nowMs + RESOLVE_GRACE_MS : nowMs,
      mayOpenCase: isOpening(type),
    },
  }
}

/** What we did comes back as an event. A note with our mark counts as ours only while nobody else is known to have sent it. */
function isOwnAct({ agent, event_type: type, data }: WebhookEvent, ownId: string | null): boolean {
  if (ownId !== null && agent?.id === ownId) return true
  if (type !== 'incident.annotated' || !OWN_MARK.test(data.content ?? '')) return false
  return ownId === null || agent?.id == null
}
