import { describe, expect, test } from '@jest/globals'
import type { KubernetesObject } from './chart.ts'
import { schemaFaults } from './kubernetes-schema.ts'
import { securityFindings } from './pod-security.ts'

/** A Service that Kubernetes takes, but for the change. */
function aService(spec: Record<string, unknown>): KubernetesObject {
  const ports = [{ name: 'http', port: 80, targetPort: 'http' }]
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { ports, ...spec } }
}

describe("the judge of Kubernetes' schemas", () => {
  test.each<[string, Record<string, unknown>, unknown[]]>([
    ['takes what is right', { selector: { any: 'label' } }, []],
    ['finds a wrong type', { ports: [{ port: 'eighty' }] }, [expect.stringContaining('Service/a /spec/ports/0/port')]],
    ['finds a missing field', { ports: [{ name: 'http' }] }, [expect.stringContaining('"missingProperty":"port"')]],
    ['finds a field that is unknown', { replicaz: 3 }, ['Service/a /spec/replicaz: no such field']],
    ['finds one deep inside', { ports: [{ port: 80, prot: 'TCP' }] }, ['Service/a /spec/ports/0/prot: no such field']],
  ])('%s', async (_what, spec, faults) => {
    expect(await schemaFaults(aService(spec))).toEqual(faults)
  })

  test('takes nothing of which it has no schema', async () => {
    const object = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a' } }
    expect(await schemaFaults(object)).toEqual(['Thing/a: no schema for example.com/v1'])
  })
})

describe('the judge of pod security', () => {
  const container = {
    name: 'a',
    image: 'registry.example.com/a:1.2.3',
    env: [],
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    },
    resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } },
  }
  const pod = {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container],
  }

  test('takes a restricted pod', () => {
    expect(securityFindings(pod)).toEqual([])
  })

  test.each<[string, object, object]>([
    ['a token of Kubernetes', { automountServiceAccountToken: true }, {}],
    ['the network of the host', { hostNetwork: true }, {}],
    ['root', { securityContext: { ...pod.securityContext, runAsUser: 0 } }, {}],
    ['no seccomp profile', { securityContext: { ...pod.securityContext, seccompProfile: undefined } }, {}],
    ['a folder of the host', { volumes: [{ name: 'a', hostPath: { path: '/' } }] }, {}],
    ['a container before it', { initContainers: [container] }, {}],
    ['the tag latest', {}, { image: 'registry.example.com/a:latest' }],
    ['no tag', {}, { image: 'registry.example.com/a' }],
    ['a writable root', {}, { securityContext: { ...container.securityContext, readOnlyRootFilesystem: false } }],
    [
      'a capability',
      {},
      { securityContext: { ...container.securityContext, capabilities: { drop: ['ALL'], add: ['CHOWN'] } } },
    ],
    ['a port of the host', {}, { ports: [{ containerPort: 80, hostPort: 80 }] }],
    ['no limits', {}, { resources: { requests: { cpu: '1', memory: '1Gi' } } }],
  ])('finds %s', (_what, ofPod, ofContainer) => {
    expect(securityFindings({ ...pod, containers: [{ ...container, ...ofContainer }], ...ofPod })).not.toEqual([])
  })
})
