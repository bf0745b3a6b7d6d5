import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { SandboxPod } from '../../../sandbox/kubernetes/kubernetes.ts'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { createKubernetesClient } from '../../../src/clients/kubernetes.ts'
import type { KubernetesAccess, KubernetesHub } from '../../../src/config/kubernetes-access.ts'
import { DEFAULT_POLICY } from '../../../src/config/policy.ts'
import { fixedPolicy } from '../../../src/config/policy-source.ts'
import { createKubernetesFindings } from '../../../src/evidence/findings/kubernetes-findings.ts'
import { anAlert, CLUSTER_ID, OTHER_CLUSTER_ID } from '../../support/builders.ts'
import { aQuestion } from './a-question.ts'

const TOKEN = 'canary-token'
let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
  sandbox.kubernetes.addToken(TOKEN)
})
afterEach(() => sandbox.close())

function reader(change: Partial<KubernetesHub> = {}) {
  const server = `${sandbox.url}/kubernetes`
  const hub: KubernetesHub = {
    name: 'prod-dal10-carrier104',
    target: () => ({ server, ca: null, serverName: null, credentials: { kind: 'token', token: TOKEN } }),
    ...change,
  }
  const access: KubernetesAccess = { hubs: [hub], hubOf: (carrier) => (carrier === hub.name ? hub : null) }
  const client = createKubernetesClient({ now: Date.now })
  return createKubernetesFindings({ client, access, policy: fixedPolicy(DEFAULT_POLICY), now: Date.now })
}

function aPod(
  name: string,
  lines: readonly string[] = [],
  change: Partial<SandboxPod['containers'][number]> = {},
): void {
  const container = 'armada-kp-events'
  sandbox.kubernetes.addPod({
    namespace: 'armada',
    name,
    labels: { app: 'armada-kp-events' },
    phase: 'Running',
    containers: [{ name: container, ready: true, restarts: 0, waiting: null, ...change }],
    log: lines.map((line, at) => ({
      at: new Date(Date.now() - (lines.length - at) * 1_000).toISOString(),
      container,
      line,
    })),
  })
}

const question = aQuestion()
const withCorrId = { ...question, trace: { ...question.trace, corrId: 'corr-1' } }

describe('the pods of the hub', () => {
  test('that crash are told with how they ended, and with what shows more', async () => {
    const last = { reason: 'OOMKilled', exitCode: 137, finishedAt: '2026-11-22T11:50:00Z' }
    aPod('armada-kp-events-a')
    aPod('armada-kp-events-b', [], { ready: false, restarts: 7, waiting: 'CrashLoopBackOff', last })
    const [finding] = await reader().ask(question)
    expect(finding).toMatchObject({
      outcome: 'found',
      summary: '1 of 2 pods ready in namespace armada of hub prod-dal10-carrier104, 7 restarts',
      steps: [
        {
          text: 'on the hub',
          commands: [
            'kubectl -n armada describe pod armada-kp-events-b',
            'kubectl -n armada logs armada-kp-events-b --previous',
          ],
        },
      ],
    })
    expect(finding?.lines[0]).toBe(
      'armada-kp-events-b: not ready (CrashLoopBackOff), 7 restarts, last ended OOMKilled (exit 137) 2026-11-22T11:50:00Z',
    )
  })

  test('that are well prove little, and so does a log that does not name the cluster', async () => {
    aPod('armada-kp-events-a', ['error for nobody', `error for ${OTHER_CLUSTER_ID}`])
    const [finding] = await reader().ask(question)
    expect(finding).toMatchObject({ outcome: 'weak', quotes: [], steps: [] })
    expect(finding?.lines).toEqual(['no line of their last 30 min names the cluster; that proves little'])
  })

  test('have their newest error lines of the cluster quoted, and none of another cluster', async () => {
    aPod('armada-kp-events-a', [
      `error 1 for ${CLUSTER_ID}`,
      `handled ${CLUSTER_ID}`,
      `error for ${CLUSTER_ID} and ${OTHER_CLUSTER_ID}`,
      'corr-1 failed at the provider',
    ])
    aPod('armada-kp-events-b', [`fatal for ${CLUSTER_ID}`])
    const [finding] = await reader().ask(withCorrId)
    expect(finding?.quotes.map((quote) => quote.slice(quote.indexOf(' ') + 1)).sort()).toEqual([
      'corr-1 failed at the provider',
      `error 1 for ${CLUSTER_ID}`,
      `fatal for ${CLUSTER_ID}`,
    ])
  })

  test('are told without lines where their logs may not be read', async () => {
    aPod('armada-kp-events-a', [], { restarts: 1 })
    sandbox.faults.add({ upstream: 'kubernetes', path: /log$/, fault: { kind: 'status', status: 403 } })
    const [finding] = await reader().ask(question)
    expect(finding?.lines).toEqual([
      'armada-kp-events-a: ready, 1 restart',
      'log of armada-kp-events-a not read (Kubernetes get log: answered 403)',
    ])
  })

  test('are none where the selector names none: weak, for it may be wrong', async () => {
    const [finding] = await reader().ask(question)
    expect(finding).toMatchObject({
      outcome: 'weak',
      summary: expect.stringContaining('no pod matches app=armada-kp-events'),
    })
  })

  test('of another carrier are not shown for this one', async () => {
    const other = aQuestion(anAlert({ labels: { ...anAlert().labels, carrier_name: 'prod-fra02-carrier105' } }))
    await expect(reader().ask(other)).rejects.toThrow('no hub is configured for carrier prod-fra02-carrier105')
    expect(sandbox.requests.entries()).toEqual([])
  })

  test('are unavailable where the hub does not answer, or our access is gone', async () => {
    sandbox.faults.down('kubernetes')
    await expect(reader().ask(question)).rejects.toMatchObject({ code: 'unknown' })
    const target = () => {
      throw new Error("the pod's token can't be read")
    }
    await expect(reader({ target }).ask(question)).rejects.toThrow("Kubernetes: the pod's token can't be read")
  })

  test('are listed once for many cases, and without logs in a storm', async () => {
    aPod('armada-kp-events-a', [`error for ${CLUSTER_ID}`])
    const { ask } = reader()
    await Promise.all([ask({ ...question, isStorm: true }), ask({ ...question, isStorm: true })])
    expect(sandbox.requests.entries().map(({ path }) => path)).toEqual(['/api/v1/namespaces/armada/pods'])
  })
})
