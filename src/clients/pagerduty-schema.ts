import { z } from 'zod'

/** Shapes of PagerDuty's REST API v2, only the fields used. Real answers carry null where the published schema has strings. */
const reference = z.object({
  id: z.string(),
  type: z.string().optional(),
  summary: z.string().nullish(),
  html_url: z.string().nullish(),
})
/** `role` is told where the user itself is asked for. Source: PagerDuty REST, User. */
const user = reference.extend({ email: z.string().nullish(), role: z.string().nullish() })
const time = z.string().transform((text, context) => {
  const ms = Date.parse(text)
  if (Number.isFinite(ms)) return ms
  context.addIssue({ code: 'custom', message: 'is no time' })
  return z.NEVER
})

const channel = z
  .object({ type: z.string().nullish(), incident_key: z.string().nullish(), dedup_key: z.string().nullish() })
  .nullish()

export const incidentSchema = z.object({
  id: z.string().min(1),
  incident_number: z.number().nullish(),
  html_url: z.string().nullish(),
  title: z.string().nullish(),
  status: z.enum(['triggered', 'acknowledged', 'resolved']),
  incident_key: z.string().nullish(),
  created_at: time.nullish(),
  service: reference.nullish(),
  escalation_policy: reference.nullish(),
  priority: reference.extend({ name: z.string().nullish() }).nullish(),
  assignments: z.array(z.object({ assignee: reference })).nullish(),
  acknowledgements: z.array(z.object({ at: time, acknowledger: user })).nullish(),
  pending_actions: z.array(z.object({ type: z.string(), at: time })).nullish(),
  alert_counts: z.object({ all: z.number().nullish(), triggered: z.number().nullish() }).nullish(),
  conference_bridge: z
    .object({ conference_number: z.string().nullish(), conference_url: z.string().nullish() })
    .nullish(),
  responder_requests: z.array(z.unknown()).nullish(),
  incidents_responders: z.array(z.unknown()).nullish(),
  last_status_change_by: reference.nullish(),
  // Whole only where the list was asked for it; what can't be read there tells no key.
  first_trigger_log_entry: z.object({ channel }).nullish().catch(null),
})
export type RawIncident = z.infer<typeof incidentSchema>

export const logEntrySchema = z.object({
  id: z.string().nullish(),
  type: z.string(),
  created_at: time,
  agent: reference.nullish(),
  channel,
  incident: z.object({ id: z.string() }).nullish(),
  // Of a snooze: when it was to end. What can't be read there tells no end.
  changed_actions: z
    .array(z.object({ type: z.string(), at: time }))
    .nullish()
    .catch(null),
})
export type RawLogEntry = z.infer<typeof logEntrySchema>

export const alertSchema = z.object({
  id: z.string(),
  status: z.string(),
  alert_key: z.string().nullish(),
  summary: z.string().nullish(),
  created_at: time.nullish(),
  // Whatever monitoring sent: a string, an object, an array or null.
  body: z.object({ details: z.unknown() }).nullish(),
})
export type RawAlert = z.infer<typeof alertSchema>

export const noteSchema = z.object({
  id: z.string(),
  content: z.string(),
  user: reference.nullish(),
  created_at: time.nullish().catch(null),
})
export type RawNote = z.infer<typeof noteSchema>

export const serviceSchema = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string().nullish(),
  /** In seconds; null: an acknowledgement holds for ever. */
  acknowledgement_timeout: z.number().nullish(),
})
export type RawService = z.infer<typeof serviceSchema>
export type RawUser = z.infer<typeof user>

export const serviceAnswerSchema = z.object({ service: serviceSchema })
export const userListSchema = z.object({ users: z.array(user), more: z.boolean().nullish() })
export const errorSchema = z.object({ error: z.object({ code: z.number().nullish() }).nullish() })
export const incidentListSchema = z.object({ incidents: z.array(incidentSchema), more: z.boolean().nullish() })
export const incidentAnswerSchema = z.object({ incident: incidentSchema })
export const logEntryListSchema = z.object({ log_entries: z.array(logEntrySchema), more: z.boolean().nullish() })
export const alertListSchema = z.object({ alerts: z.array(alertSchema), more: z.boolean().nullish() })
export const noteListSchema = z.object({ notes: z.array(noteSchema) })
export const noteAnswerSchema = z.object({ note: noteSchema })
