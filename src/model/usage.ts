/** What has been used of the budgets of one cluster, over all its cases. */
export interface ClusterUsage {
  clusterId: string
  /** Snooze time that reaches into the spans of the policy, ms since the epoch. */
  snoozes: { budget: string; fromMs: number; untilMs: number }[]
  /** Cases opened within the policy's span. */
  cases: number
}

export interface Usage {
  clusters: ClusterUsage[]
  /** Snoozes of all clusters in the last hour. */
  snoozesLastHour: number
}
