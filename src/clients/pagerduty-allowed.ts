import { z } from 'zod'
import { allowOnly } from './allowed-calls.ts'

const reference = z.literal('incident_reference')
/** Bodies that may leave: acknowledge, trigger again, and the incident's own escalation policy. Nothing resolves. */
const incidentChange = z.strictObject({
  incident: z.union([
    z.strictObject({ type: reference, status: z.enum(['acknowledged', 'triggered']) }),
    z.strictObject({
      type: reference,
      escalation_policy: z.strictObject({ id: z.string().min(1), type: z.literal('escalation_policy_reference') }),
    }),
  ]),
})
const snoozeBody = z.strictObject({ duration: z.number().int().min(1).max(604_800) })
const noteBody = z.strictObject({ note: z.strictObject({ content: z.string().min(1) }) })
const ID = '[A-Za-z0-9]+'

/** Incidents acknowledged in one call at most; the API itself takes 250. */
export const LOT_LIMIT = 50
const lot = z.strictObject({
  incidents: z
    .array(
      z.strictObject({ id: z.string().regex(/^[A-Za-z0-9]+$/), type: reference, status: z.literal('acknowledged') }),
    )
    .min(2)
    .max(LOT_LIMIT),
})

/** The calls to PagerDuty: nothing resolves, and nothing assigns but to the incident's own escalation policy. */
export const assertAllowedCall = allowOnly('PagerDuty', [
  { method: 'GET', path: /^\/(?:incidents|log_entries)$/ },
  { method: 'GET', path: new RegExp(`^/incidents/${ID}(?:/(?:alerts|notes|log_entries))?$`) },
  { method: 'GET', path: new RegExp(`^/services/${ID}$`) },
  // One user who is asked for, not the list of them.
  { method: 'GET', path: /^\/users$/, query: /^query=[^&]+(?:&|$)/ },
  { method: 'PUT', path: /^\/incidents$/, body: lot },
  { method: 'PUT', path: new RegExp(`^/incidents/${ID}$`), body: incidentChange },
  { method: 'POST', path: new RegExp(`^/incidents/${ID}/snooze$`), body: snoozeBody },
  { method: 'POST', path: new RegExp(`^/incidents/${ID}/notes$`), body: noteBody },
])
