import { z } from 'zod'
import { parseDuration } from '../model/duration.ts'

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text)
  if (ms !== null && ms >= 1_000) return ms
  context.addIssue({ code: 'custom', message: `"${text}" is no duration of a second or more: write 30s, 1m or 5m` })
  return z.NEVER
})

/** What starts a synthetic case, and how soon it has to be planned. It matters only where HEARTBEAT_URL is set. */
export const heartbeatSchema = z
  .strictObject({
    /** `watchdog`: an alert that Alertmanager sends, so that the ping proves its way to us too. `timer`: ourselves. */
    trigger: z.enum(['watchdog', 'timer']).default('watchdog'),
    alertname: z.string().min(1).default('Watchdog'),
    /** Of the timer. */
    every: duration.prefault('1m'),
    /** From the receipt to the plan. Source: PRODUCT.md section 6, promise 4. */
    within: duration.prefault('60s'),
  })
  .prefault({})
