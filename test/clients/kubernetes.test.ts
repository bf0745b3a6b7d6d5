import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { SandboxPod } from '../../sandbox/kubernetes/kubernetes.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { createKubernetesClient } from '../../src/clients/kubernetes.ts'
import type { KubernetesTarget } from '../../src/config/kubeconfig.ts'
import { type AnsweringServer, BAD_ANSWERS, json, startAnsweringServer } from '../support/answering-server.ts'
import { TEST_CERTIFICATE, TEST_KEY } from '../support/test-certificate.ts'

const TOKEN = 'canary-service-account-token'
const NOW_MS = Date.parse('2026-11-22T12:00:00Z')
const QUERY = { namespace: 'armada', selector: 'app=armada-kp-events' }
const LOG = {
  namespace: 'armada',
  pod: 'armada-kp-events-a',
  container: 'armada-kp-events',
  tailLines: 2,
  sinceSeconds: 1_800,
}

function targetOf(server: string, change: Partial<KubernetesTarget> = {}): KubernetesTarget {
  return { server, ca: null, serverName: null, credentials: { kind: 'token', token: TOKEN }, ...change }
}

function client(outcomes: string[] = []) {
  return createKubernetesClient({
    now: () => NOW_MS,
    observe: (operation, outcome) => outcomes.push(`${operation}: ${outcome}`),
    timeoutMs: 1_000,
  })
}

describe('a hub', () => {
  let sandbox: Sandbox
  beforeEach(async () => {
    sandbox = await startSandbox()
    sandbox.kubernetes.addToken(TOKEN)
  })
  afterEach(() => sandbox.close())

  const target = () => targetOf(`${sandbox.url}/kubernetes`)
  const aPod = (name: string, change: Partial<SandboxPod> = {}): SandboxPod => ({
    namespace: 'armada',
    name,
    labels: { app: 'armada-kp-events' },
    phase: 'Running',
    containers: [{ name: 'armada-kp-events', ready: true, restarts: 0, waiting: null }],
    log: [],
    ...change,
  })

  test('lists the pods of the selector, of every page', async () => {
    for (let at = 0; at < 120; at += 1) sandbox.kubernetes.addPod(aPod(`armada-kp-events-${at}`))
    sandbox.kubernetes.addPod(aPod('armada-api', { labels: { app: 'armada-api' } }))
    sandbox.kubernetes.addPod(aPod('armada-kp-events-elsewhere', { namespace: 'other' }))
    expect(await client().pods(target(), QUERY)).toHaveLength(120)
  })

  test('with more pods than are read is unavailable, not shown in part', async () => {
    for (let at = 0; at < 201; at += 1) sandbox.kubernetes.addPod(aPod(`armada-kp-events-${at}`))
    await expect(client().pods(target(), QUERY)).rejects.toMatchObject({ code: 'unknown' })
  })

  test('tells how containers are and how they ended last', async () => {
    const last = { reason: 'OOMKilled', exitCode: 137, finishedAt: '2026-11-22T11:50:00Z' }
    const containers = [{ name: 'armada-kp-events', ready: false, restarts: 7, waiting: 'CrashLoopBackOff', last }]
    sandbox.kubernetes.addPod(aPod('armada-kp-events-a', { containers }))
    expect(await client().pods(target(), QUERY)).toMatchObject([
      {
        metadata: { name: 'armada-kp-events-a' },
        status: {
          phase: 'Running',
          containerStatuses: [
            {
              ready: false,
              restartCount: 7,
              state: { waiting: { reason: 'CrashLoopBackOff' } },
              lastState: { terminated: last },
            },
          ],
        },
      },
    ])
  })

  test('gives the newest lines of a container with their times', async () => {
    const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
    const log = [40, 20, 10, 5].map((minutes) => ({
      at: at(minutes),
      container: 'armada-kp-events',
      line: `error ${minutes} min ago`,
    }))
    sandbox.kubernetes.addPod(aPod('armada-kp-events-a', { log }))
    expect(await client().log(target(), LOG)).toEqual(log.slice(2).map((entry) => `${entry.at} ${entry.line}`))
    expect(await client().log(target(), { ...LOG, tailLines: 9 })).toHaveLength(3)
  })

  test('that grants another namespace alone refuses: unauthorized', async () => {
    sandbox.kubernetes.reset()
    sandbox.kubernetes.addToken(TOKEN, 'other')
    await expect(client().pods(target(), QUERY)).rejects.toMatchObject({ code: 'unauthorized' })
  })

  test('is asked by GET alone', async () => {
    sandbox.kubernetes.addPod(aPod('armada-kp-events-a'))
    await client().pods(target(), QUERY)
    await client().log(target(), LOG)
    expect(new Set(sandbox.requests.entries().map(({ method }) => method))).toEqual(new Set(['GET']))
  })
})

describe('an API server that answers anything', () => {
  let server: AnsweringServer
  beforeEach(async () => {
    server = await startAnsweringServer()
  })
  afterEach(() => server.close())

  test.each(BAD_ANSWERS)('$name: an error with its code and without the token', async ({ answer, code }) => {
    server.answer = answer
    const outcomes: string[] = []
    const error: unknown = await client(outcomes)
      .pods(targetOf(server.url), QUERY)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code })
    expect(String(error)).not.toContain(TOKEN)
    expect(outcomes).toEqual([`list pods: ${code}`])
  })

  test('a log longer than is read is an error, not half of it', async () => {
    server.answer = (response) => response.end('x'.repeat(600_000))
    await expect(client().log(targetOf(server.url), LOG)).rejects.toMatchObject({ code: 'unknown' })
  })

  test('a page that never ends is given up', async () => {
    server.answer = json(200, { metadata: { continue: 'again' }, items: [] })
    await expect(client().pods(targetOf(server.url), QUERY)).rejects.toMatchObject({ code: 'unknown' })
    expect(server.seen).toHaveLength(4)
  })
})

describe('an API server that speaks TLS', () => {
  test('is read with its authority and our certificate, and refused without the authority', async () => {
    const seen: (string | undefined)[] = []
    const server = createServer(
      { cert: TEST_CERTIFICATE, key: TEST_KEY, ca: TEST_CERTIFICATE, requestCert: true },
      (request, response) => {
        const peer = request.socket instanceof TLSSocket ? request.socket.getPeerCertificate().subject : null
        seen.push([peer?.CN].flat()[0])
        json(200, { items: [] })(response)
      },
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const credentials = { kind: 'certificate', certificate: TEST_CERTIFICATE, key: TEST_KEY } as const
    try {
      const trusted = targetOf(url, { ca: TEST_CERTIFICATE, serverName: 'kubernetes.test', credentials })
      expect(await client().pods(trusted, QUERY)).toEqual([])
      expect(seen).toEqual(['kubernetes.test'])
      await expect(client().pods({ ...trusted, ca: null }, QUERY)).rejects.toMatchObject({ code: 'unknown' })
      await expect(client().pods({ ...trusted, serverName: 'other.test' }, QUERY)).rejects.toMatchObject({
        code: 'unknown',
      })
      expect(seen).toHaveLength(1)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})
