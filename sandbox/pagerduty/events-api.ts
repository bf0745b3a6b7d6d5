import type { SandboxRequest, SandboxResponse, Upstream } from '../upstream.ts'
import { acknowledgeAlert, monitoringEvent, resolveAlert, triggerAlert } from './event-intake.ts'
import type { Act } from './incident.ts'
import type { IncidentStore } from './store.ts'

/** Larger events are refused. Source: Events API v2, "512 KB". */
const MAX_EVENT_BYTES = 512_000

/** Events API v2: what a real Alertmanager posts to. It shares its incidents with the REST API. */
export class EventsApi implements Upstream {
  readonly name = 'pagerduty-events'
  readonly prefix = '/pagerduty-events'
  readonly #store: IncidentStore
  readonly #settle: () => void

  constructor(store: IncidentStore, settle: () => void) {
    this.#store = store
    this.#settle = settle
  }

  handle(request: SandboxRequest): Promise<SandboxResponse> {
    this.#settle()
    return Promise.resolve(this.#answer(request))
  }

  snapshot(): unknown {
    return {}
  }

  reset(): void {}

  #answer(request: SandboxRequest): SandboxResponse {
    if (request.method !== 'POST' || request.path !== '/v2/enqueue') return { status: 404, body: 'Not Found' }
    if (Buffer.byteLength(request.rawBody) > MAX_EVENT_BYTES) return toInvalid('Event object is too large')
    const parsed = monitoringEvent.safeParse(toJson(request.rawBody))
    if (!parsed.success) {
      return toInvalid(...parsed.error.issues.map(({ path, message }) => `'${path.join('.')}' ${message}`))
    }
    const event = parsed.data
    if (event.routing_key !== this.#store.settings.routingKey) return toInvalid('Invalid routing key')
    const act: Act = { actor: { kind: 'service' }, at: this.#store.now() }
    switch (event.event_action) {
      case 'trigger': {
        const { summary, severity, custom_details: details = null } = event.payload
        const contexts = (event.links ?? []).map(({ href, text }) => ({ type: 'link', href, ...(text && { text }) }))
        triggerAlert(this.#store, { dedupKey: event.dedup_key, summary, severity, details, contexts }, act)
        break
      }
      case 'acknowledge':
        acknowledgeAlert(this.#store, event.dedup_key, act)
        break
      case 'resolve':
        resolveAlert(this.#store, event.dedup_key, act)
        break
    }
    return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: event.dedup_key } }
  }
}

function toInvalid(...errors: string[]): SandboxResponse {
  return { status: 400, body: { status: 'invalid event', message: 'Event object is invalid', errors } }
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
