import { clusterCrnsInText } from '../../model/cluster-id.ts'
import { cut, isSecretName, MASK, maskSecrets } from '../../model/outside-text.ts'

/** Longest value of a label or annotation that is kept, in characters. */
export const VALUE_LIMIT = 4_096
/** Most labels (or annotations) of one alert that are kept. Prometheus' own are below thirty. */
export const KEY_LIMIT = 200
const CUT_MARK = ' [cut]'

export type Labels = Record<string, string>

/**
 * The labels with secrets masked, values cut and marked, and at most 200 of them, without a prototype: a label may be
 * named `toString`. `isComplete` is false when some are missing, which a decision has to know.
 */
export function boundLabels(labels: Labels): { labels: Labels; isComplete: boolean } {
  const entries = Object.entries(labels)
  const bounded: Labels = Object.create(null)
  for (const [name, value] of entries.slice(0, KEY_LIMIT))
    bounded[maskSecrets(name)] = isSecretName(name) ? MASK : boundValue(value)
  return { labels: bounded, isComplete: entries.length <= KEY_LIMIT }
}

/** The value masked and cut. Cluster CRNs beyond the cut stay, since a second one is a contradiction. */
function boundValue(value: string): string {
  if (value.length <= VALUE_LIMIT) return maskSecrets(value)
  const { valid, damaged } = clusterCrnsInText(value.slice(VALUE_LIMIT / 2))
  const crns = [...valid.map(({ crn }) => crn), ...damaged].slice(0, 2)
  // Masked before it is cut: half a secret has no pattern. Each part by itself: a key without its end hides all behind it.
  const start = cut(maskSecrets(value.slice(0, VALUE_LIMIT * 2)), VALUE_LIMIT) + CUT_MARK
  return cut([start, ...crns.map(maskSecrets)].join(' '), VALUE_LIMIT * 2)
}
