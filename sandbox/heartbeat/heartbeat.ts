import type { SandboxContext, SandboxRequest, SandboxResponse, Upstream } from '../upstream.ts'

/** A dead-man's switch: it is pinged at `/heartbeat/ID`, and remembers when. */
export class HeartbeatSandbox implements Upstream {
  readonly name = 'heartbeat'
  readonly prefix = '/heartbeat'
  readonly #context: SandboxContext
  #pings: string[] = []

  constructor(context: SandboxContext) {
    this.#context = context
  }

  /** When it was pinged, oldest first, UTC ISO 8601. */
  get pings(): readonly string[] {
    return this.#pings
  }

  async handle({ method, path }: SandboxRequest): Promise<SandboxResponse> {
    if (method !== 'GET' && method !== 'POST') return { status: 405, body: 'method not allowed\n' }
    const at = this.#context.clock.now().toISOString()
    this.#pings.push(at)
    this.#context.ledger.record({
      at,
      upstream: this.name,
      effect: 'ping',
      target: path,
      actor: 'responder',
      detail: {},
    })
    return { status: 200, body: 'OK' }
  }

  snapshot(): unknown {
    return { pings: this.#pings }
  }

  reset(): void {
    this.#pings = []
  }
}
