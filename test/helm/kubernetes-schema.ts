import { z } from 'zod'
import type { KubernetesObject } from './chart.ts'

/** A compiled schema of Kubernetes' own OpenAPI document. */
interface Validate {
  (data: unknown): boolean
  errors?: { instancePath: string; schemaPath: string; params: unknown }[] | null
}

/** Groups as the schemas' names have them. */
const GROUPS: Readonly<Record<string, string>> = {
  v1: 'CoreV1',
  'apps/v1': 'AppsV1',
  'autoscaling/v2': 'AutoscalingV2',
  'networking.k8s.io/v1': 'NetworkingV1',
  'policy/v1': 'PolicyV1',
  'rbac.authorization.k8s.io/v1': 'RbacV1',
}

const labels = z.record(z.string(), z.string())
const metadata = z.strictObject({ name: z.string(), namespace: z.string(), labels })
/** The operator's own kinds, as far as the chart uses them. Source: prometheus-operator, API reference v1. */
const CUSTOM: Readonly<Record<string, z.ZodType>> = {
  ServiceMonitor: z.strictObject({
    apiVersion: z.literal('monitoring.coreos.com/v1'),
    kind: z.literal('ServiceMonitor'),
    metadata,
    spec: z.strictObject({
      jobLabel: z.string(),
      selector: z.strictObject({ matchLabels: labels }),
      namespaceSelector: z.strictObject({ matchNames: z.array(z.string()) }),
      endpoints: z.array(
        z.strictObject({ port: z.string(), path: z.string(), interval: z.string(), scrapeTimeout: z.string() }),
      ),
    }),
  }),
  PrometheusRule: z.strictObject({
    apiVersion: z.literal('monitoring.coreos.com/v1'),
    kind: z.literal('PrometheusRule'),
    metadata,
    spec: z.strictObject({
      groups: z.array(
        z.strictObject({
          name: z.string(),
          rules: z.array(
            z.strictObject({
              alert: z.string(),
              expr: z.string(),
              for: z.string().optional(),
              labels,
              annotations: labels,
            }),
          ),
        }),
      ),
    }),
  }),
}

/**
 * What Kubernetes would say against the object: wrong types and missing fields by its own schemas, and fields that they do
 * not know, which the schemas alone let pass.
 */
export async function schemaFaults(object: KubernetesObject): Promise<string[]> {
  const name = `${object.kind}/${object.metadata.name}`
  const custom = CUSTOM[object.kind]
  if (custom)
    return (
      custom.safeParse(object).error?.issues.map((issue) => `${name} ${issue.path.join('.')}: ${issue.message}`) ?? []
    )
  const group = GROUPS[object.apiVersion]
  if (group === undefined) return [`${name}: no schema for ${object.apiVersion}`]
  const module: { validate: Validate } = await import(`kubernetes-models/_schemas/IoK8sApi${group}${object.kind}`)
  const unread = new Set<string>()
  const isValid = module.validate(watched(object, '', unread))
  if (!isValid)
    return (module.validate.errors ?? []).map(
      (error) => `${name} ${error.instancePath}: ${error.schemaPath} ${JSON.stringify(error.params)}`,
    )
  return [...unread].map((path) => `${name} ${path}: no such field`)
}

/** The value, and every path in it that nobody has read yet: a compiled schema reads the fields it knows and no others. */
function watched(value: unknown, path: string, unread: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value
  const seen = new Map<string, unknown>()
  for (const [key, inner] of Object.entries(value)) {
    const at = `${path}/${key}`
    unread.add(at)
    seen.set(key, inner)
  }
  return new Proxy(value, {
    get(target, key) {
      const inner: unknown = Reflect.get(target, key)
      if (typeof key !== 'string' || !seen.has(key)) return inner
      unread.delete(`${path}/${key}`)
      if (seen.get(key) === inner) seen.set(key, watched(inner, `${path}/${key}`, unread))
      return seen.get(key)
    },
  })
}
