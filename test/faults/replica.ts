import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { casePageSchema, type ShownCase } from '../support/responder-process.ts'
import { SECRETS } from './channel-words.ts'

export interface Books {
  accepted: number
  done: number
  pending: number
  quarantined: number
}

/** A responder within this process. */
export interface Replica {
  readonly url: string
  /** Newest first. */
  cases: () => Promise<ShownCase[]>
  books: () => Promise<Books>
  /** A sample of `/metrics` by its name and labels, as written there. */
  metric: (sample: string) => Promise<number>
  /** Whether what it would decide about the webhook body contains the text. */
  explains: (body: unknown, text: string) => Promise<boolean>
  /** Posts and returns the status. */
  post: (path: string, token: string, body: unknown) => Promise<number>
  /** Any request as an operator; the answer's status and text. */
  ask: (path: string, init?: RequestInit) => Promise<{ status: number; text: string }>
  stop: () => Promise<void>
}

export interface ReplicaOptions {
  environment: Readonly<Record<string, string>>
  now: () => number
  wrapStore: (store: Store) => Store
}

/** A started responder that listens on loopback. @throws what its start throws; nothing is left open then. */
export async function launchReplica({ environment, now, wrapStore }: ReplicaOptions): Promise<Replica> {
  const config = readConfig(environment)
  const logger = createLogger('silent')
  const store = await openStore(config, { now, logger })
  const app = await createApp(config, { logger, metrics: createMetrics(), now, store: wrapStore(store) })
  const url = await app.server.listen({ host: '127.0.0.1', port: 0 })
  await app.start()
  let stopping: Promise<void> | undefined

  const replica: Replica = {
    url,
    async cases() {
      return casePageSchema.parse(JSON.parse((await replica.ask('/api/cases?limit=100')).text)).cases
    },
    async books() {
      const [accepted = 0, done = 0, pending = 0, quarantined = 0] = await Promise.all(
        ['accepted', 'done', 'pending', 'quarantined'].map((name) => replica.metric(`kp_responder_alerts_${name}`)),
      )
      return { accepted, done, pending, quarantined }
    },
    async metric(sample) {
      const { text } = await replica.ask('/metrics')
      const line = text.split('\n').find((one) => one.startsWith(`${sample} `))
      return Number(line?.slice(sample.length + 1))
    },
    async explains(body, text) {
      const init = { method: 'POST', body: JSON.stringify(body) }
      return (await replica.ask('/api/explain', init)).text.includes(text)
    },
    async post(path, token, body) {
      const headers = { authorization: `Bearer ${token}` }
      return (await replica.ask(path, { method: 'POST', headers, body: JSON.stringify(body) })).status
    },
    async ask(path, init = {}) {
      const headers = { authorization: `Bearer ${SECRETS.operator}`, 'content-type': 'application/json' }
      const response = await fetch(`${url}${path}`, { ...init, headers: { ...headers, ...Object(init.headers) } })
      return { status: response.status, text: await response.text() }
    },
    stop() {
      stopping ??= app.stop()
      return stopping
    },
  }
  return replica
}
