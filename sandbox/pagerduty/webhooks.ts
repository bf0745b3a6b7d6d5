import { createHmac, randomUUID } from 'node:crypto'
import type { PagerdutySandbox } from './pagerduty.ts'
import type { PagerdutyEvent } from './webhook-event.ts'

/** PagerDuty's own wait for an answer, in milliseconds. */
const ANSWER_TIMEOUT_MS = 5_000

export interface WebhookTarget {
  /** The receiver's address. */
  url: string
  /** Each signs; more than one is a secret being rotated. */
  secrets: readonly string[]
  /** Waits between tries, in milliseconds; after the last one the event is dropped. Default: 200, 500, 1000, 2000, 5000. */
  retryAfterMs?: readonly number[]
}

export interface SentWebhook {
  webhookId: string
  event: PagerdutyEvent | PingEvent
  /** Statuses of the tries; 0 where no answer came. */
  statuses: number[]
  /** Null while it is on its way. */
  outcome: 'delivered' | 'dropped' | null
}

/** What `pagey.ping` carries: no incident. */
export interface PingEvent {
  id: string
  event_type: 'pagey.ping'
  resource_type: 'pagey'
  occurred_at: string
  agent: null
  client: null
  data: { message: string; type: 'ping' }
}

export interface WebhookSubscription {
  /** Everything sent so far, oldest first. */
  readonly sent: readonly SentWebhook[]
  /** Sends the test event of the website's button. */
  ping(): void
  /** Sends an event again with a fresh `X-Webhook-Id`, as somebody who recorded it would. */
  replay(event: SentWebhook['event']): void
  /** Resolves when nothing is on its way. */
  settled(): Promise<void>
  /** Sends nothing more and gives up what is on its way. */
  close(): Promise<void>
}

/**
 * Delivers the sandbox's events as v3 webhooks: signed over the bytes, in order for each incident, sent again after 5xx,
 * 429 and silence under the same `X-Webhook-Id`, dropped at any other 4xx.
 * Source: PagerDuty developer documentation, "Webhooks v3", behaviour and signatures.
 */
export function connectWebhooks(pagerduty: PagerdutySandbox, target: WebhookTarget): WebhookSubscription {
  const retryAfterMs = target.retryAfterMs ?? [200, 500, 1_000, 2_000, 5_000]
  const sent: SentWebhook[] = []
  const queues = new Map<string, Promise<void>>()
  const stop = new AbortController()

  function send(event: SentWebhook['event']): void {
    const webhook: SentWebhook = { webhookId: randomUUID(), event, statuses: [], outcome: null }
    sent.push(webhook)
    const queue = queueOf(event)
    const before = queues.get(queue) ?? Promise.resolve()
    queues.set(
      queue,
      before.then(() => deliver(webhook)),
    )
  }

  async function deliver(webhook: SentWebhook): Promise<void> {
    const body = JSON.stringify({ event: webhook.event })
    for (const waitMs of [...retryAfterMs, null]) {
      if (stop.signal.aborted) return
      const status = await post(webhook.webhookId, body)
      webhook.statuses.push(status)
      const isAccepted = status >= 200 && status < 300
      const isRefused = status >= 400 && status < 500 && status !== 429
      if (isAccepted || isRefused || waitMs === null) {
        webhook.outcome = isAccepted ? 'delivered' : 'dropped'
        return
      }
      await wait(waitMs)
    }
  }

  async function post(webhookId: string, body: string): Promise<number> {
    try {
      const response = await fetch(target.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'PagerDuty-Webhook/V3.0',
          'x-webhook-id': webhookId,
          'x-pagerduty-signature': target.secrets.map((secret) => signatureOf(body, secret)).join(','),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
      })
      await response.body?.cancel()
      return response.status
    } catch {
      return 0
    }
  }

  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      stop.signal.addEventListener(
        'abort',
        () => {
          clearTimeout(timer)
          resolve()
        },
        { once: true },
      )
    })
  }

  const disconnect = pagerduty.onEvent(send)
  const settled = async () => {
    await Promise.all(queues.values())
  }
  return {
    sent,
    ping: () =>
      send({
        id: randomUUID(),
        event_type: 'pagey.ping',
        resource_type: 'pagey',
        occurred_at: new Date().toISOString(),
        agent: null,
        client: null,
        data: { message: 'Hello from your friend Pagey!', type: 'ping' },
      }),
    replay: send,
    settled,
    async close() {
      disconnect()
      stop.abort()
      await settled()
    },
  }
}

/** The signature of a body as it stands in `X-PagerDuty-Signature`. */
export function signatureOf(body: string | Buffer, secret: string): string {
  return `v1=${createHmac('sha256', secret).update(body).digest('hex')}`
}

/** Events of one incident keep their order; while one is sent again, the later ones wait. */
function queueOf({ data }: SentWebhook['event']): string {
  const incident = 'incident' in data ? data.incident : data
  return typeof incident === 'object' && incident !== null && 'id' in incident ? String(incident.id) : 'none'
}
