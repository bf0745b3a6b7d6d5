import { z } from 'zod'
import { TerminalError } from '../errors.ts'

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

const ALLOWED: readonly { method: string; path: RegExp; query?: RegExp; body: z.ZodType }[] = [
  { method: 'GET', path: /^\/(?:incidents|log_entries)$/, body: z.undefined() },
  { method: 'GET', path: new RegExp(`^/incidents/${ID}(?:/(?:alerts|notes|log_entries))?$`), body: z.undefined() },
  { method: 'GET', path: new RegExp(`^/services/${ID}$`), body: z.undefined() },
  // One user who is asked for, not the list of them.
  { method: 'GET', path: /^\/users$/, query: /^query=[^&]+(?:&|$)/, body: z.undefined() },
  { method: 'PUT', path: /^\/incidents$/, body: lot },
  { method: 'PUT', path: new RegExp(`^/incidents/${ID}$`), body: incidentChange },
  { method: 'POST', path: new RegExp(`^/incidents/${ID}/snooze$`), body: snoozeBody },
  { method: 'POST', path: new RegExp(`^/incidents/${ID}/notes$`), body: noteBody },
]

/**
 * Lets through only the calls that the responder is for, by method, path and body.
 * @throws TerminalError before anything is sent, for any other call.
 */
export function assertAllowedCall(call: { method: string; path: string; body: unknown }): void {
  const [path = '', query = ''] = call.path.split('?')
  const isAllowed = ALLOWED.some(
    (rule) =>
      rule.method === call.method &&
      rule.path.test(path) &&
      (rule.query?.test(query) ?? true) &&
      rule.body.safeParse(call.body).success,
  )
  if (!isAllowed)
    throw new TerminalError(
      'rejected',
      `PagerDuty: ${call.method} of this path or body is not a call the responder makes`,
    )
}
