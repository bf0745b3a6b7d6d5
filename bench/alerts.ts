import { clusterIdOf, type FiringAlert, groupKeyOf, toDetails, toWebhook } from '../demo/alertmanager.ts'
import { dedupKeyOf } from '../src/model/identity.ts'

/** The alert group of a number: one cluster that is busy, in a group of its own. */
export interface BenchGroup {
  number: number
  clusterId: string
  groupKey: string
  dedupKey: string
  /** The text details of PagerDuty's alert. */
  details: Record<string, string>
  /** Alertmanager's webhook body, serialised. */
  body: (status?: 'firing' | 'resolved') => string
}

/** The group of that number, always with the same name; its alert starts at the given time. */
export function benchGroup(number: number, startsAt: Date): BenchGroup {
  const clusterId = clusterIdOf(`bench-${number}`)
  const groupKey = groupKeyOf(`bench-${number}`)
  const alerts: FiringAlert[] = [{ clusterId, startsAt }]
  return {
    number,
    clusterId,
    groupKey,
    dedupKey: dedupKeyOf(groupKey),
    details: toDetails(alerts),
    body: (status = 'firing') => JSON.stringify(toWebhook({ groupKey, alerts, status })),
  }
}
