import { type ClientRequest, Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'

/** What came back on the wire, seen below the library that made the call. */
export interface WireAnswer {
  status: number
  headers: IncomingHttpHeaders
}

export class SecondTryError extends Error {}

const KEEP_ALIVE = { keepAlive: true, maxSockets: 64, timeout: 30_000 }
const sharedHttp = new HttpAgent(KEEP_ALIVE)
const sharedHttps = new HttpsAgent(KEEP_ALIVE)

interface RequestAdder {
  addRequest(request: ClientRequest, options: object): void
}

/**
 * An agent for exactly one request: the connection comes from the shared pool, the answer's status and headers are
 * noted, and a second request through it is refused before anything is sent. It gives back what pdjs hides: pdjs repeats
 * a 429 by itself three times, ignoring what the upstream asked, and returns no header on the way.
 */
export function oneTryAgent(): { agentFor: (url: URL) => HttpAgent; answer: () => WireAnswer | null } {
  let uses = 0
  let answer: WireAnswer | null = null
  function observe(shared: HttpAgent): HttpAgent {
    const observed: RequestAdder = {
      addRequest(request, options) {
        request.prependOnceListener('response', (response: IncomingMessage) => {
          answer = { status: response.statusCode ?? 0, headers: response.headers }
        })
        ;(shared as HttpAgent & RequestAdder).addRequest(request, options)
      },
    }
    // Node asks an agent for `addRequest`, `defaultPort` and `protocol` only; everything else is the shared pool's.
    return Object.assign(Object.create(shared) as HttpAgent, observed)
  }
  return {
    agentFor(url) {
      uses += 1
      if (uses > 1) throw new SecondTryError('one request per call: the library tried to repeat it')
      return observe(url.protocol === 'https:' ? sharedHttps : sharedHttp)
    },
    answer: () => answer,
  }
}
