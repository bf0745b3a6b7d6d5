import { z } from 'zod'

const agent = z.object({ id: z.string().nullish(), type: z.string().nullish() }).nullish()

/**
 * PagerDuty's v3 webhook, reduced to the fields used. The incident is the data itself, or what the data is about.
 * Source: PagerDuty developer documentation, "Webhooks v3 overview".
 */
export const PagerdutyWebhook = z.object({
  event: z.object({
    id: z.string().min(1).max(200),
    event_type: z.string().min(1).max(100),
    occurred_at: z.iso.datetime({ offset: true }),
    agent,
    data: z.object({
      id: z.string().max(100).nullish(),
      type: z.string().nullish(),
      incident: z.object({ id: z.string().min(1).max(100) }).nullish(),
      content: z.string().nullish(),
    }),
  }),
})
export type PagerdutyWebhook = z.infer<typeof PagerdutyWebhook>
export type WebhookEvent = PagerdutyWebhook['event']

/** Any event whose id can be read, so that a copy of one that can't be used is known as a copy. */
export const AnyEvent = z.object({ event: z.object({ id: z.string().min(1).max(200) }) })

/** Events after which an incident that nobody here knows may need a case. */
const OPENING = ['incident.triggered', 'incident.reopened'] as const
/** Events after which a case reads its incident anew. */
const TELLING = [
  'incident.acknowledged',
  'incident.unacknowledged',
  'incident.annotated',
  'incident.reassigned',
  'incident.escalated',
  'incident.delegated',
  'incident.priority_updated',
  'incident.resolved',
  'incident.responder.added',
  'incident.responder.replied',
  'incident.status_update_published',
  'incident.conference_bridge.updated',
] as const
const USED: ReadonlySet<string> = new Set<string>([...OPENING, ...TELLING])

export function isOpening(type: string): boolean {
  return OPENING.some((known) => known === type)
}

/** True for the events that concern a case; of the others only the number is kept. */
export function isUsed(type: string): boolean {
  return USED.has(type) || type.startsWith('incident.responder.')
}

/** The type as a metric's label: PagerDuty's word where it is one that is used, else `other`. */
export function toLabel(type: string): string {
  return USED.has(type) || type === 'pagey.ping' ? type : 'other'
}
