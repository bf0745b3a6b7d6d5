/** PagerDuty's record, reduced to what a decision needs. Times in ms since the epoch. */
export interface Incident {
  id: string
  number: number | null
  url: string
  title: string
  /** When PagerDuty opened it; null or missing where it did not say. */
  createdAtMs?: number | null
  status: 'triggered' | 'acknowledged' | 'resolved'
  /** `P1` and so on, or null where the incident has none. */
  priority: string | null
  serviceId: string | null
  serviceName: string | null
  escalationPolicy: { id: string; name: string; url: string | null } | null
  /** Users whom it is assigned to now. */
  assignees: string[]
  acknowledgers: { id: string; email: string | null; atMs: number }[]
  /** When PagerDuty will trigger it again by itself: the end of a snooze or of the acknowledgement, or null. */
  unacknowledgeAtMs: number | null
  /** When we snoozed it, where nothing ended that snooze since; null or missing where we did not, or it was not read. */
  ownSnoozedAtMs?: number | null
  /** When the next escalation is due, or null. */
  escalateAtMs: number | null
  /** Why the incident belongs to more than this case (foreign alert, responder request, bridge, status update), or null. */
  sharedWhy: string | null
  /** What people other than us did to it, oldest first; null while not read. */
  humanActs: HumanAct[] | null
  /** True where its text, and not its key, makes it this case's. */
  isWeaklyMatched?: boolean
  /** When this was read. */
  readAtMs: number
  /** We have written to the incident since: it is read again before anything rests on it. */
  isOutdated: boolean
}

export interface HumanAct {
  who: string
  what: string
  atMs: number
}
