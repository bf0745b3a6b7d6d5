import type { Policy } from '../config/policy.ts'
import { formatDuration } from '../model/duration.ts'
import type { ClusterUsage, Usage } from '../model/usage.ts'
import type { SnoozeBudget } from '../model/verdict.ts'

export type { ClusterUsage, Usage } from '../model/usage.ts'

/** How much silence a snooze of `seconds` from now would make for a cluster, with what it had in the policy's span. */
export function silenceWith(usage: ClusterUsage, policy: Policy, nowMs: number, seconds: number): number {
  const sinceMs = nowMs - policy.budgets.silence.spanMs
  const untilMs = nowMs + seconds * 1_000
  const past = usage.snoozes.reduce((sum, span) => {
    const endMs = Math.min(span.untilMs, nowMs)
    return sum + Math.max(0, endMs - Math.max(span.fromMs, sinceMs))
  }, 0)
  return past + (untilMs - nowMs)
}

export function countInSpan(usage: ClusterUsage, budget: SnoozeBudget, policy: Policy, nowMs: number): number {
  const sinceMs = nowMs - policy.budgets[budget].spanMs
  return usage.snoozes.filter((snooze) => snooze.budget === budget && snooze.fromMs > sinceMs).length
}

/** Why the budgets allow no further snooze, or null. Source: PRODUCT.md section 3, policy `budgets`. */
export function budgetObjection(
  usage: Usage,
  wish: { seconds: number; budget: SnoozeBudget },
  { policy, nowMs }: { policy: Policy; nowMs: number },
): string | null {
  if (usage.snoozesLastHour >= policy.budgets.snoozesPerHour) {
    return `${usage.snoozesLastHour} snoozes in the last hour, at most ${policy.budgets.snoozesPerHour} over all clusters`
  }
  for (const cluster of usage.clusters) {
    const { count, spanMs } = policy.budgets[wish.budget]
    const used = countInSpan(cluster, wish.budget, policy, nowMs)
    if (used >= count)
      return `cluster ${cluster.clusterId} was snoozed ${used} times in ${formatDuration(spanMs)}, at most ${count}`
    const { amountMs, spanMs: silenceSpanMs } = policy.budgets.silence
    const silentMs = silenceWith(cluster, policy, nowMs, wish.seconds)
    if (silentMs > amountMs) {
      return `cluster ${cluster.clusterId} would be silent for ${formatDuration(silentMs)} in ${formatDuration(silenceSpanMs)}, at most ${formatDuration(amountMs)}`
    }
  }
  return null
}

/** `snooze 1 of 2, silent 2 h of at most 26 h`, counting the snooze about to be made. */
export function describeUsage(
  usage: ClusterUsage,
  wish: { seconds: number; budget: SnoozeBudget },
  { policy, nowMs }: { policy: Policy; nowMs: number },
): string {
  const used = countInSpan(usage, wish.budget, policy, nowMs) + 1
  const silentMs = silenceWith(usage, policy, nowMs, wish.seconds)
  return `snooze ${used} of ${policy.budgets[wish.budget].count}, silent ${formatDuration(silentMs)} of at most ${formatDuration(policy.budgets.silence.amountMs)}`
}
