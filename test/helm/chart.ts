import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { CHART, runHelm } from '../../scripts/helm-tools.ts'

/** What every object of Kubernetes has; the rest is read by whoever asks for it. */
const kubernetesObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).optional() }),
})
export type KubernetesObject = z.infer<typeof kubernetesObject>

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  env: z.array(z.object({ name: z.string(), value: z.string() })),
})
const podSpec = z.looseObject({ containers: z.array(container) })
export type PodSpec = z.infer<typeof podSpec>

/** Sets of values that the chart is tried with: its own defaults, and those in helm/ci. */
export const VALUE_SETS = ['defaults', 'embedded', 'redis', 'autoscaled'] as const
export type ValueSet = (typeof VALUE_SETS)[number]

/** Helm's arguments for a set of values. */
export function valuesOf(set: ValueSet, settings: readonly string[] = []): string[] {
  const file = set === 'defaults' ? [] : ['--values', join(CHART, 'ci', `${set}-values.yaml`)]
  return [...file, ...settings.flatMap((setting) => ['--set-json', setting])]
}

/** The objects that the chart makes of the values, tests included. @throws Error with Helm's words where it refuses them. */
export async function render(set: ValueSet, settings: readonly string[] = []): Promise<KubernetesObject[]> {
  const { code, stdout, stderr } = await runHelm(templateArgs(set, settings))
  if (code !== 0) throw new Error(stderr)
  return parseAllDocuments(stdout)
    .map((document): unknown => document.toJS())
    .filter((object) => object !== null)
    .map((object) => kubernetesObject.parse(object))
}

/** Why Helm refuses the values; empty where it takes them. */
export async function refusal(set: ValueSet, settings: readonly string[]): Promise<string> {
  const { code, stderr } = await runHelm(templateArgs(set, settings))
  return code === 0 ? '' : stderr
}

function templateArgs(set: ValueSet, settings: readonly string[]): string[] {
  return ['template', 'night', CHART, '--namespace', 'on-call', ...valuesOf(set, settings)]
}

export function ofKind(objects: readonly KubernetesObject[], kind: string): KubernetesObject[] {
  return objects.filter((object) => object.kind === kind)
}

/** The one object of the kind. @throws Error where there is none or several. */
export function only(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const [first, ...others] = ofKind(objects, kind)
  if (!first || others.length > 0) throw new Error(`${first ? 'several' : 'no'} ${kind}`)
  return first
}

/** The pod that an object makes or is; null where it makes none. */
export function podOf(object: KubernetesObject): PodSpec | null {
  if (object.kind === 'Pod') return z.looseObject({ spec: podSpec }).parse(object).spec
  if (object.kind !== 'Deployment' && object.kind !== 'StatefulSet') return null
  return z.looseObject({ spec: z.looseObject({ template: z.looseObject({ spec: podSpec }) }) }).parse(object).spec
    .template.spec
}
