import { launchMortal, type Mortal } from '../crash/mortal.ts'
import { TOKENS, type World } from '../crash/world.ts'
import { freePort } from '../support/free-port.ts'
import type { Random } from './random.ts'

/** A restarted process is back after this at the latest, in ms, or the run ends. */
const BACK_WITHIN_MS = 120_000
const CALL_TIMEOUT_MS = 10_000

/** The responders of one run, and how they are reached. */
export interface Fleet {
  /** Kills one of those that live, and starts it again at once. */
  killOne: () => void
  /** Posts a webhook body to any of them, and returns the status; 0 where nobody answered. */
  postWebhook: (body: string) => Promise<number>
  /** Sets the mode to live as an operator does after a freeze. Nothing where nobody answers. */
  thaw: () => Promise<void>
  /** Resolves when all are ready. */
  ready: () => Promise<void>
  /** The open case of a cluster as the API shows it, or what came instead. */
  caseOf: (clusterId: string) => Promise<string>
  /** What one of them printed, of all that they did. */
  outputs: () => string[]
  stop: () => Promise<void>
}

export async function startFleet(
  world: World,
  { replicas, root, random }: { replicas: number; root?: string | undefined; random: Random },
): Promise<Fleet> {
  const ports = await Promise.all(Array.from({ length: replicas }, () => freePort()))
  const members: Mortal[] = ports.map((port) =>
    launchMortal({
      env: { ...world.environment(port), LOG_LEVEL: 'warn' },
      url: `http://127.0.0.1:${port}`,
      nodeArgs: ['--max-semi-space-size=2', '--import', ENDS_WITH_PARENT],
      ...(root === undefined ? {} : { root }),
    }),
  )
  let isStopped = false

  async function ready(): Promise<void> {
    const deadline = performance.now() + BACK_WITHIN_MS
    // One that is killed while it starts is waited for again.
    for (const member of members) {
      while (!isStopped) {
        const isReady = await member.ready().then(
          () => true,
          () => false,
        )
        if (isReady) break
        if (performance.now() > deadline) throw new Error(`a responder does not come back:\n${member.output()}`)
        member.launch()
      }
    }
  }

  async function ask(
    member: Mortal,
    request: { method: string; path: string; token: string; body: string },
  ): Promise<number> {
    try {
      const response = await fetch(`${member.url}${request.path}`, {
        method: request.method,
        headers: { authorization: `Bearer ${request.token}`, 'content-type': 'application/json' },
        body: request.body,
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      })
      await response.arrayBuffer()
      return response.status
    } catch {
      return 0
    }
  }

  return {
    killOne() {
      const member = random.pick(members)
      member.kill()
      void member.gone().then(() => {
        if (!isStopped) member.launch()
      })
    },
    postWebhook: (body) =>
      ask(random.pick(members), { method: 'POST', path: '/webhooks/alertmanager', token: TOKENS.webhook, body }),
    async thaw() {
      const body = JSON.stringify({ mode: 'live', paused: false })
      for (const member of members) {
        if ((await ask(member, { method: 'PUT', path: '/api/mode', token: TOKENS.operator, body })) === 200) return
      }
    },
    ready,
    async caseOf(clusterId) {
      const headers = { authorization: `Bearer ${TOKENS.operator}` }
      const response = await fetch(`${members[0]?.url}/api/cases?cluster=${clusterId}`, { headers }).catch(() => null)
      return response ? response.text() : 'nobody answers'
    },
    outputs: () => members.map((member) => member.output()),
    async stop() {
      isStopped = true
      await Promise.all(members.map((member) => member.stop()))
    },
  }
}

const ENDS_WITH_PARENT = new URL('../crash/ends-with-parent.ts', import.meta.url).href
