import { beforeAll, describe, expect, test } from '@jest/globals'
import { CHART, ensureHelm, runHelm } from '../../scripts/helm-tools.ts'
import {
  type KubernetesObject,
  ofKind,
  only,
  podOf,
  refusal,
  render,
  VALUE_SETS,
  type ValueSet,
  valuesOf,
} from './chart.ts'
import { schemaFaults } from './kubernetes-schema.ts'
import { securityFindings } from './pod-security.ts'

/** Helm is fetched once, 36 MB. */
const FETCH_LIMIT_MS = 180_000
const rendered = new Map<ValueSet, KubernetesObject[]>()

beforeAll(async () => {
  await ensureHelm()
  for (const set of VALUE_SETS) rendered.set(set, await render(set))
}, FETCH_LIMIT_MS)

const objectsOf = (set: ValueSet) => rendered.get(set) ?? []

describe.each(VALUE_SETS)('the chart with the values %s', (set) => {
  test('passes helm lint --strict', async () => {
    const { code, stdout } = await runHelm(['lint', '--strict', CHART, ...valuesOf(set)])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('0 chart(s) failed') })
  })

  test("is taken by Kubernetes' own schemas, without a field that they do not know", async () => {
    const faults = await Promise.all(objectsOf(set).map(schemaFaults))
    expect(faults.flat()).toEqual([])
  })

  test('runs no pod beyond the restricted standard', () => {
    const pods = objectsOf(set)
      .map(podOf)
      .filter((pod) => pod !== null)
    expect(pods).toHaveLength(2)
    expect(pods.flatMap(securityFindings)).toEqual([])
  })

  test('gives no secret as a variable and asks Kubernetes for no right', () => {
    const pods = objectsOf(set)
      .map(podOf)
      .filter((pod) => pod !== null)
    const names = pods.flatMap(({ containers }) => containers.flatMap(({ env }) => env.map(({ name }) => name)))
    expect(names.filter((name) => /TOKEN|SECRET|PASSWORD|REDIS_URL|KEY/.test(name) && !name.endsWith('_FILE'))).toEqual(
      [],
    )
    expect(objectsOf(set).filter(({ kind }) => kind.includes('Role'))).toEqual([])
  })
})

describe('the schema refuses', () => {
  test.each<[string, ValueSet, string[], string]>([
    ['several replicas on the embedded store', 'defaults', ['replicaCount=2'], "'/store/kind': value must be 'redis'"],
    [
      'autoscaling on the embedded store',
      'defaults',
      ['autoscaling.enabled=true'],
      "'/store/kind': value must be 'redis'",
    ],
    ['Redis without its address', 'defaults', ['store.kind="redis"'], "must be 'REDIS_URL'"],
    [
      'an address of Redis beside the embedded store',
      'redis',
      ['store.kind="embedded"', 'replicaCount=1'],
      '/secrets/keys',
    ],
    ['live mode without PagerDuty', 'defaults', ['config.RESPONDER_MODE="live"'], '/config/PAGERDUTY_FROM'],
    ['a service without operators', 'defaults', ['secrets.keys=["ALERTMANAGER_WEBHOOK_TOKENS"]'], '/secrets/keys'],
    ['a variable that the service does not know', 'defaults', ['config.RESPONDER_MOOD="bad"'], 'RESPONDER_MOOD'],
    ['a secret given as a plain variable', 'defaults', ['config.SLACK_BOT_TOKEN="xoxb"'], 'SLACK_BOT_TOKEN'],
    ['root', 'defaults', ['podSecurity.runAsUser=0'], '/podSecurity/runAsUser'],
    ['the tag latest', 'defaults', ['image.tag="latest"'], '/image/tag'],
    ['pods without limits', 'defaults', ['resources={"limits":null}'], '/resources'],
    ['a stop shorter than ours', 'defaults', ['terminationGracePeriodSeconds=10'], '/terminationGracePeriodSeconds'],
    ['a value that nobody reads', 'defaults', ['replicas=1'], 'replicas'],
  ])('%s', async (_what, set, settings, says) => {
    expect(await refusal(set, settings)).toContain(says)
  })

  test('nothing that a network policy would cut off in silence', async () => {
    expect(await refusal('defaults', ['config.ETCD_ENDPOINTS="https://etcd:2379"'])).toContain(
      'networkPolicy.egress.etcd.to is empty',
    )
    expect(await refusal('defaults', ['kubernetes.enabled=true'])).toContain(
      'networkPolicy.egress.kubernetes.to is empty',
    )
  })

  test('a Role in another namespace than the policy looks in', async () => {
    const settings = ['kubernetes={"enabled":true,"namespace":"other"}', 'networkPolicy.enabled=false']
    expect(await refusal('defaults', settings)).toContain('kubernetes.namespace is not that of the policy')
  })
})

describe('the chart makes', () => {
  test('one pod with its own volume on the embedded store, never two at once', () => {
    const spec = only(objectsOf('embedded'), 'StatefulSet').spec
    expect(spec).toMatchObject({ replicas: 1, volumeClaimTemplates: [{ spec: { accessModes: ['ReadWriteOnce'] } }] })
    expect(ofKind(objectsOf('embedded'), 'PodDisruptionBudget')).toEqual([])
  })

  test('a rolling Deployment with a budget on Redis', () => {
    const spec = only(objectsOf('redis'), 'Deployment').spec
    expect(spec).toMatchObject({ replicas: 3, strategy: { rollingUpdate: { maxUnavailable: 0 } } })
    expect(only(objectsOf('redis'), 'PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1 })
  })

  test('an autoscaler on the age of the oldest pending alert, which alone counts the pods', () => {
    expect(only(objectsOf('autoscaled'), 'Deployment').spec).not.toHaveProperty('replicas')
    expect(only(objectsOf('autoscaled'), 'HorizontalPodAutoscaler').spec).toMatchObject({
      metrics: [{ external: { metric: { name: 'kp_responder_oldest_pending_seconds' }, target: { value: '30' } } }],
    })
  })

  test('a policy that denies everything, and one for each name that the configuration uses', () => {
    const names = ofKind(objectsOf('embedded'), 'NetworkPolicy').map(({ metadata }) => metadata.name)
    const own = 'night-kp-events-responder'
    const callers = ['alertmanager', 'helm-test', 'ingress-controller', 'prometheus'].map(
      (name) => `${own}-from-${name}`,
    )
    const called = ['alertmanager', 'dns', 'etcd', 'github', 'heartbeat', 'pagerduty', 'prometheus', 'slack', 'traces']
    expect(names.toSorted()).toEqual([own, ...callers, ...called.map((name) => `${own}-to-${name}`)])
    const [denyAll] = ofKind(objectsOf('embedded'), 'NetworkPolicy')
    expect(denyAll?.spec).toEqual({ podSelector: expect.anything(), policyTypes: ['Ingress', 'Egress'] })
  })

  test('no right in Kubernetes but to read the pods of one namespace and their logs, and only where asked', async () => {
    const settings = [
      'kubernetes={"enabled":true}',
      'networkPolicy.egress.kubernetes.to=[{"ipBlock":{"cidr":"10.0.0.1/32"}}]',
    ]
    const objects = await render('redis', settings)
    expect((await Promise.all(objects.map(schemaFaults))).flat()).toEqual([])
    expect(only(objects, 'Role')).toMatchObject({
      metadata: { namespace: 'armada' },
      rules: [
        { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
        { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
      ],
    })
    const subjects = [{ kind: 'ServiceAccount', name: 'night-kp-events-responder', namespace: 'on-call' }]
    expect(only(objects, 'RoleBinding')).toMatchObject({ metadata: { namespace: 'armada' }, subjects })
    expect(objects.filter(({ kind }) => kind.startsWith('ClusterRole'))).toEqual([])
    const pod = podOf(only(objects, 'Deployment'))
    expect(pod && securityFindings(pod)).toEqual([])
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      volumes: expect.arrayContaining([expect.objectContaining({ name: 'kubernetes', projected: expect.anything() })]),
    })
    expect(pod?.containers[0]?.env).toContainEqual({ name: 'KUBERNETES_IN_CLUSTER', value: 'true' })
    expect(ofKind(objects, 'NetworkPolicy').map(({ metadata }) => metadata.name)).toContain(
      'night-kp-events-responder-to-kubernetes',
    )
  })

  test('a way to IBM Cloud where its API key is given', async () => {
    const keys = '["ALERTMANAGER_WEBHOOK_TOKENS","OPERATOR_TOKENS","IBM_CLOUD_API_KEY"]'
    const objects = await render('defaults', [`secrets.keys=${keys}`])
    expect(ofKind(objects, 'NetworkPolicy').map(({ metadata }) => metadata.name)).toContain(
      'night-kp-events-responder-to-ibm-cloud',
    )
  })

  test.each([
    ['the same pod', 'is taken in while it runs', 'policy.shadowNotify=true', true],
    ['another pod', 'is not', 'policy.channels.deployFailure.id="C0ANOTHER1"', false],
    ['another pod', 'of etcds is not', 'policy.etcd.regions={"eu-de":{"endpoints":["http://etcd:2379"]}}', false],
  ])('%s when a change of the policy %s', async (_what, _which, setting, isSame) => {
    const reachable = 'networkPolicy.egress.etcd.to=[{"podSelector":{}}]'
    const [before, after] = await Promise.all([render('redis', [reachable]), render('redis', [reachable, setting])])
    const isAlike = JSON.stringify(only(after, 'Deployment')) === JSON.stringify(only(before, 'Deployment'))
    expect(isAlike).toBe(isSame)
    expect(only(after, 'ConfigMap')).not.toEqual(only(before, 'ConfigMap'))
  })
})
