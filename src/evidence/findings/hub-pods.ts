import type { ContainerStatus, Pod } from '../../clients/kubernetes.ts'
import type { Step } from '../../model/step.ts'

/** A pod's name as Kubernetes takes it: it stands in a command. */
const POD_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/

/** Every container is ready. A pod without a status is not. */
export function isReady({ status }: Pod): boolean {
  const containers = status.containerStatuses ?? []
  return containers.length > 0 && containers.every(({ ready }) => ready)
}

export function restartsOf({ status }: Pod): number {
  return (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0)
}

/** Something about the pod that a person wants to know: not ready, or restarted. */
export function isRemarkable(pod: Pod): boolean {
  return !isReady(pod) || restartsOf(pod) > 0
}

/** `armada-kp-events-a: not ready (CrashLoopBackOff), 7 restarts, last ended OOMKilled (exit 137) 2026-11-22T11:50:00Z` */
export function describePod(pod: Pod): string {
  const containers = pod.status.containerStatuses ?? []
  const waiting = containers.flatMap(({ state }) => state?.waiting?.reason ?? state?.terminated?.reason ?? [])
  const restarts = restartsOf(pod)
  const state = isReady(pod) ? 'ready' : `not ready (${waiting.join(', ') || pod.status.phase || 'unknown'})`
  const last = containers.flatMap(lastEnd)
  return [
    `${pod.metadata.name}: ${state}`,
    `${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`,
    ...(last.length > 0 ? [`last ended ${last.join('; ')}`] : []),
  ].join(', ')
}

/** What shows why a pod is not ready. */
export function podSteps(pods: readonly Pod[], namespace: string): Step[] {
  const [worst] = pods.filter((pod) => !isReady(pod) && POD_NAME.test(pod.metadata.name))
  if (!worst) return []
  const { name } = worst.metadata
  const commands = [`kubectl -n ${namespace} describe pod ${name}`, `kubectl -n ${namespace} logs ${name} --previous`]
  return [{ text: 'on the hub', commands }]
}

function lastEnd({ lastState }: ContainerStatus): string[] {
  const ended = lastState?.terminated
  if (!ended) return []
  return [`${ended.reason || 'unknown'} (exit ${ended.exitCode})${ended.finishedAt ? ` ${ended.finishedAt}` : ''}`]
}
