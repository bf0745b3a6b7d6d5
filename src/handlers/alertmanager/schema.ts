import { z } from 'zod'

const labels = z.record(z.string(), z.string())

const WebhookAlert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels,
  annotations: labels.default({}),
  startsAt: z.string(),
  endsAt: z.string(),
  generatorURL: z.string().default(''),
  fingerprint: z.string().regex(/^[\x21-\x7e]{1,128}$/),
})

/**
 * Alertmanager's webhook body, version "4", reduced to the fields used. Unknown ones are ignored: every version adds some.
 * Source: Alertmanager notify/webhook/webhook.go and template/template.go.
 */
export const AlertmanagerWebhook = z.object({
  version: z.literal('4'),
  groupKey: z.string().min(1),
  truncatedAlerts: z
    .int()
    .min(0)
    .refine((count) => !Object.is(count, -0))
    .default(0),
  receiver: z.string().default(''),
  groupLabels: labels.default({}),
  commonLabels: labels.default({}),
  externalURL: z.string().default(''),
  alerts: z.array(WebhookAlert),
})
export type AlertmanagerWebhook = z.infer<typeof AlertmanagerWebhook>
export type WebhookAlert = z.infer<typeof WebhookAlert>

/** A body of another version: it is kept for people, since its alerts are real. */
export const OtherVersion = z.object({ version: z.union([z.string(), z.number()]), alerts: z.unknown() })
export type OtherVersion = z.infer<typeof OtherVersion>
