import { z } from 'zod'

/** How the logs are searched. Source: runbook, Actions to take, last paragraph: the app `armada-kp-events`. */
export const logsSchema = z
  .strictObject({
    app: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be the name of an app, such as armada-kp-events')
      .default('armada-kp-events'),
    /** Of IBM Cloud Logs: `frequent_search` is what is kept for priority insights, `archive` the bucket. */
    tier: z.enum(['frequent_search', 'archive']).default('frequent_search'),
  })
  .prefault({})
