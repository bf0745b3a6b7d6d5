import { z } from 'zod'

/** ISO 8601 order: the first day of a week is Monday. */
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

const scheduleSchema = z.strictObject({
  weekday: z.enum(WEEKDAYS).default('monday'),
  at: z
    .string()
    .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as "09:00"')
    .default('09:00'),
  timezone: z.string().refine(isTimezone, 'must be a time zone such as UTC or Europe/Berlin').default('UTC'),
})

/** When the weekly digest is posted, in the time of its zone. */
export type DigestSchedule = z.infer<typeof scheduleSchema>

/**
 * `off`, turned into null, or the schedule. Off unless asked for: the notify channel hears nothing that nobody asked for. Not
 * a union of schemas: that would name no fault within the schedule.
 */
export const digestSchema = z
  .unknown()
  .transform((given, context): DigestSchedule | null => {
    if (given === 'off') return null
    const parsed = scheduleSchema.safeParse(given)
    if (parsed.success) return parsed.data
    for (const { path, message } of parsed.error.issues)
      context.addIssue({ code: 'custom', path, message: path.length === 0 ? `${message}; or write off` : message })
    return z.NEVER
  })
  .prefault('off')

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
