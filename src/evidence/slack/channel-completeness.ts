import type { ChannelCoverage } from '../../store/message-index.ts'

/** A read proves what is there for this long. Source: the rule of when evidence is absent. */
export const READ_PROVES_MS = 60_000

export interface Membership {
  isMember: boolean
  isArchived: boolean
}

/** A failure that lasts: Slack's word or our code, and since when. */
export interface ReadProblem {
  code: string
  sinceMs: number
}

/** All that decides whether a channel is complete. */
export interface ChannelFacts {
  label: string
  membership: Membership | null
  coverage: ChannelCoverage | null
  problem: ReadProblem | null
  /** A thread whose parent names the cluster asked for has replies that are not read yet. */
  hasUnreadThread: boolean
  maxSilenceMs: number
  newestPostMs: number | null
}

export interface Doubt {
  why: string
  isCatchingUp: boolean
}

/**
 * Why the channel is not complete from the given time until now, or null when it is: we are a member, it isn't archived,
 * a read covering the span ended in the last 60 s, and its known poster is not silent for longer than it ever is.
 */
export function completeness(facts: ChannelFacts, fromMs: number, nowMs: number): Doubt | null {
  const { label, membership, coverage, problem } = facts
  const since = problem ? ` since ${iso(problem.sinceMs)}` : ''
  if (membership && !membership.isMember) return failed(`we are not a member of ${label}${since}: invite the bot`)
  if (membership?.isArchived) return failed(`${label} is archived${since}`)
  const isFresh = coverage !== null && Math.abs(nowMs - coverage.readEndedAtMs) <= READ_PROVES_MS
  if (!coverage || !isFresh) {
    if (problem) return failed(`${label} could not be read${since} (${problem.code})`)
    if (coverage) return failed(`${label} was last read at ${iso(coverage.readEndedAtMs)}`)
    return { why: `${label} has not been read yet since the start`, isCatchingUp: true }
  }
  if (!membership) return failed(`whether we are a member of ${label} is not known`)
  if (coverage.coveredFromMs > fromMs) {
    const reached = `${label} is read back to ${iso(coverage.coveredFromMs)} so far, ${iso(fromMs)} is needed`
    return problem ? failed(`${reached} (${problem.code}${since})`) : { why: reached, isCatchingUp: true }
  }
  if (facts.hasUnreadThread) {
    const why = `a thread about this cluster in ${label} has not been read yet`
    return problem ? failed(`${why} (${problem.code}${since})`) : { why, isCatchingUp: true }
  }
  return silence(facts, nowMs)
}

function silence({ label, maxSilenceMs, newestPostMs }: ChannelFacts, nowMs: number): Doubt | null {
  if (maxSilenceMs <= 0 || (newestPostMs !== null && nowMs - newestPostMs <= maxSilenceMs)) return null
  const last = newestPostMs === null ? 'has posted nothing that we could read' : `is silent since ${iso(newestPostMs)}`
  return failed(`the known poster of ${label} ${last}: its feed may be broken`)
}

function failed(why: string): Doubt {
  return { why, isCatchingUp: false }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
