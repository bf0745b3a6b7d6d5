import { createServer, type IncomingHttpHeaders } from 'node:http'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import { freePort } from '../support/free-port.ts'

const labels = z.record(z.string(), z.string())

/** Webhook version 4 as far as the tests look. Source: Alertmanager docs/configuration.md, webhook_config. */
const WebhookMessage = z.object({
  version: z.literal('4'),
  groupKey: z.string(),
  truncatedAlerts: z.number(),
  status: z.enum(['firing', 'resolved']),
  receiver: z.string(),
  groupLabels: labels,
  commonLabels: labels,
  commonAnnotations: labels,
  alerts: z.array(
    z.object({
      status: z.enum(['firing', 'resolved']),
      labels,
      annotations: labels,
      startsAt: z.iso.datetime({ offset: true }),
      endsAt: z.iso.datetime({ offset: true }),
      generatorURL: z.string(),
      fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
    }),
  ),
})
export type WebhookMessage = z.infer<typeof WebhookMessage>

/** PagerDuty Events v2 as Alertmanager writes it. */
const PagerDutyEvent = z.object({
  routing_key: z.string(),
  dedup_key: z.string(),
  event_action: z.enum(['trigger', 'resolve']),
  payload: z.object({ summary: z.string(), severity: z.string(), custom_details: z.record(z.string(), z.unknown()) }),
})
export type PagerDutyEvent = z.infer<typeof PagerDutyEvent>

export interface Recorded<T> {
  headers: IncomingHttpHeaders
  body: T
  /** What was answered. */
  status: number
}

/** Stands for both receivers of Alertmanager and keeps, in order, what each was sent. */
export interface NotificationRecorder {
  readonly webhookUrl: string
  readonly pagerdutyUrl: string
  webhooks: (groupKeyPart: string) => Recorded<WebhookMessage>[]
  pagerDutyEvents: (dedupKey: string) => Recorded<PagerDutyEvent>[]
  /** The next webhooks whose group key holds this part are answered with these statuses, later ones with 202 again. */
  answerWebhooks: (groupKeyPart: string, statuses: readonly number[]) => void
  /** Bodies that were not of the expected shape, as messages. */
  readonly faults: readonly string[]
  stop: () => Promise<void>
}

/** A recorder on a loopback port. */
export async function startNotificationRecorder(): Promise<NotificationRecorder> {
  const webhooks: Recorded<WebhookMessage>[] = []
  const events: Recorded<PagerDutyEvent>[] = []
  const answers = new Map<string, number[]>()
  const faults: string[] = []

  function record(path: string | undefined, headers: IncomingHttpHeaders, body: unknown): number {
    if (path === '/pagerduty') {
      events.push({ headers, body: PagerDutyEvent.parse(body), status: 202 })
      return 202
    }
    const message = WebhookMessage.parse(body)
    const planned = [...answers].find(([part]) => message.groupKey.includes(part))?.[1]
    const status = planned?.shift() ?? 202
    webhooks.push({ headers, body: message, status })
    return status
  }

  const server = createServer(async (request, response) => {
    try {
      response.statusCode = record(request.url, request.headers, await json(request))
    } catch (error) {
      faults.push(String(error))
      response.statusCode = 400
    }
    response.end()
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    webhookUrl: `http://127.0.0.1:${port}/webhook`,
    pagerdutyUrl: `http://127.0.0.1:${port}/pagerduty`,
    webhooks: (part) => webhooks.filter(({ body }) => body.groupKey.includes(part)),
    pagerDutyEvents: (dedupKey) => events.filter(({ body }) => body.dedup_key === dedupKey),
    answerWebhooks: (part, statuses) => void answers.set(part, [...statuses]),
    faults,
    stop() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
