import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { effectsOf, NO_STORM, setBusyClusters } from '../replicas/busy-clusters.ts'
import { type ResponderProcess, startResponder } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'

jest.setTimeout(180_000)

/** A stop has to end within 20 s of SIGTERM; the wait for it is a little longer, so that a late one is told by its length. */
const STOP_WITHIN = { timeoutMs: 20_000 }
const SETTLING = { timeoutMs: 90_000 }
const ONCE = { acknowledge: 1, snooze: 1, note: 1 }

let redis: RedisServer
/** A database of its own for each test. */
let databases = 0

beforeAll(async () => {
  redis = await startRedis()
})

afterAll(() => redis.stop())

describe.each([
  ['the embedded store', () => ({})],
  ['Redis', () => ({ redisUrl: `${redis.url}/${databases++}` })],
])('a stop on %s', (_store, place) => {
  async function withResponder(act: (responder: ResponderProcess, sandbox: Sandbox) => Promise<void>): Promise<void> {
    const sandbox = await startSandbox()
    try {
      const responder = await startResponder({ sandboxUrl: sandbox.url, policy: NO_STORM, ...place() })
      try {
        await act(responder, sandbox)
      } catch (error) {
        throw new Error(`${String(error)}\n${responder.output()}`, { cause: error })
      } finally {
        await responder.stop()
      }
    } finally {
      await sandbox.close()
    }
  }

  /** Resolves with the exit code; fails when the process is not gone in time. */
  async function exitOf(responder: ResponderProcess): Promise<number | null> {
    let code: number | null | undefined
    void responder.exited().then((exited) => {
      code = exited
    })
    await waitUntil('the process to be gone', () => code !== undefined, STOP_WITHIN)
    return code ?? null
  }

  test('says that it is not ready at once, and goes on answering until a load balancer can have seen it', async () => {
    await withResponder(async (responder) => {
      responder.signal('SIGTERM')
      const stopping = await waitUntil('it to be not ready', async () => {
        const readiness = await responder.readiness()
        return readiness.status === 503 && readiness
      })
      expect(stopping.checks).toEqual({ process: 'stopping' })
      responder.signal('SIGTERM')
      expect((await responder.readiness()).status).toBe(503)
      expect(await exitOf(responder)).toBe(0)
    })
  })

  test('with 200 webhooks in flight loses none that it accepted, and the next start does each effect once', async () => {
    await withResponder(async (responder, sandbox) => {
      const clusters = setBusyClusters(sandbox, 200)
      const posting = clusters.map(async ({ webhook }) => {
        const status = await responder.postWebhook(webhook).catch(() => 0)
        return status
      })
      await waitUntil('the first effect', () => sandbox.ledger.of('acknowledge').length > 0)
      responder.signal('SIGTERM')
      const statuses = await Promise.all(posting)
      expect(await exitOf(responder)).toBe(0)
      const unfinished = effectsOf(sandbox, clusters).filter(({ note }) => note === 0)
      expect(unfinished.length).toBeGreaterThan(0)
      await responder.restart()
      // What was not accepted is told again, as Alertmanager does.
      for (const [at, { webhook }] of clusters.entries()) {
        if (statuses[at] !== 202) expect(await responder.postWebhook(webhook)).toBe(202)
      }
      await waitUntil(
        'all to be snoozed and noted',
        () => effectsOf(sandbox, clusters).every(({ note }) => note > 0),
        SETTLING,
      )
      expect(effectsOf(sandbox, clusters)).toEqual(clusters.map(() => ONCE))
    })
  })

  test('while PagerDuty hangs ends in time, and what it may have done is found before it is done again', async () => {
    await withResponder(async (responder, sandbox) => {
      const [cluster] = setBusyClusters(sandbox, 1, 300)
      if (!cluster) throw new Error('there is no cluster')
      const hanging = sandbox.faults.add({
        upstream: 'pagerduty',
        method: 'POST',
        path: /\/notes$/,
        fault: { kind: 'hang', when: 'after-commit' },
      })
      expect(await responder.postWebhook(cluster.webhook)).toBe(202)
      await waitUntil('the note to hang', () => hanging.hits > 0, SETTLING)
      responder.signal('SIGTERM')
      expect(await exitOf(responder)).toBe(0)
      await responder.restart()
      const [shown] = await waitUntil('the note to be adopted', async () => {
        const cases = await responder.cases()
        return cases[0]?.receipts.some(({ action }) => action === 'note') ? cases : null
      })
      expect(shown?.receipts).toContainEqual({ action: 'note', result: 'adopted' })
      expect(effectsOf(sandbox, [cluster])).toEqual([ONCE])
    })
  })
})
