import type { Policy } from '../config/policy.ts'
import type { Case, CaseAlert } from '../model/case.ts'
import type { Incident } from '../model/incident.ts'
import type { IssueFacts } from '../model/issue.ts'
import type { Usage } from './budget.ts'
import type { Storm } from './storm.ts'

/** Everything a plan is made from: the case with its judgements, the incident just read, and what the rails ask about. */
export interface Situation {
  nowMs: number
  subject: Case
  /** The newest open incident of the case as just read, or the bound one where it is resolved; null while none is known. */
  incident: Incident | null
  /** Why no incident is known, a sentence; and whether looking for one goes on. */
  lookupWhy: string
  isStillLooking: boolean
  evidenceAtMs: number
  /** Firing alerts of other open cases of the same clusters, judged now: no snooze against them. */
  kin: readonly CaseAlert[]
  usage: Usage
  /** The mode of this case: the service's, or a more careful stage of one of its reasons. */
  mode: 'shadow' | 'approve' | 'live'
  paused: boolean
  policy: Policy
  /** True where presses on buttons of a message reach us; left out: false. */
  isInteractive?: boolean
  /** Address of the dashboard, without a trailing slash, or null. */
  publicUrl: string | null
  /** How often each state was set on this incident already: the next one's number is one more. */
  done: { acknowledges: number; snoozes: number; wakes: number; notes: number }
  /** When we acknowledged an incident whose snooze is not there: it rings nobody until it is given back. Null otherwise. */
  heldSinceMs: number | null
  /** The incident was given back since its snooze did not come to stand: the page stays with people. */
  isGivenBack: boolean
  /** The storm that is on, or null. */
  storm: Storm | null
  /** How the GitHub issues of the case's deleted clusters stand. */
  issues: IssueFacts
  /** What was not asked at all, for the note. */
  notChecked: readonly string[]
  /** Other clusters that fail at present in the same region or account. */
  neighbours: readonly string[]
}

/** Where people see the case, or null without a PUBLIC_URL. */
export function casePage({ publicUrl, subject }: Pick<Situation, 'publicUrl' | 'subject'>): string | null {
  return publicUrl === null ? null : `${publicUrl}/cases/${encodeURIComponent(subject.id)}`
}
