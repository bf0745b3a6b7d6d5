import {
  type StandingEffects,
  standingEffects,
  withJournalReceipts,
  withStandingSnooze,
} from './actions/standing-effects.ts'
import { isTransient, TerminalError } from './errors.ts'
import { lookUpIncident } from './evidence/incident-lookup.ts'
import { lookUpIssues } from './evidence/issue-lookup.ts'
import { gatherUsage } from './evidence/usage.ts'
import { type Case, type CaseAlert, currentIncident, firingAlerts, withTimeline } from './model/case.ts'
import { identifyCluster } from './model/identity.ts'
import type { Incident } from './model/incident.ts'
import type { IssueFacts } from './model/issue.ts'
import { joinJudgements } from './plan/join.ts'
import type { Situation } from './plan/situation.ts'
import { stageOf } from './plan/stage.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import type { Store } from './store/store.ts'

/** An incident is made after its alerts began, by clocks that differ by no more than this, in ms. */
const CLOCKS_MS = 60_000

/** One incident look: what PagerDuty said, or why it said nothing. */
export interface Lookup {
  incident: Incident | null
  why: string
  isStillLooking: boolean
}

/** Asks PagerDuty for the case's incident; an answer that does not come is told apart from an incident that is not there. */
export async function lookUp(
  subject: Case,
  deps: Pick<ReconcileDeps, 'now' | 'pagerduty' | 'policy' | 'ownUser'>,
  isUrgent = false,
): Promise<Lookup> {
  const nowMs = deps.now()
  if (!deps.pagerduty)
    return { incident: null, why: 'PagerDuty is not configured (PAGERDUTY_API_TOKEN)', isStillLooking: false }
  const firing = firingAlerts(subject)
  const startMs = Math.max(subject.openedAtMs, ...firing.map((alert) => alert.firstReceivedAtMs))
  const isStillLooking = nowMs - startMs < deps.policy.windows.incidentLookup
  await deps.ownUser.recall?.()
  try {
    const bound = currentIncident(subject)
    const found = await lookUpIncident(isUrgent ? deps.pagerduty.urgent : deps.pagerduty, {
      dedupKey: subject.dedupKey,
      boundId: bound?.id ?? subject.weakIncidentId ?? null,
      sinceMs: bound?.createdAtMs ?? Math.min(startMs, ...firing.map((alert) => alert.startsAtMs)) - CLOCKS_MS,
      own: { email: deps.pagerduty.from, id: deps.ownUser.id() },
      nowMs,
    })
    const why = `no open incident with the key of this group was found in ${deps.policy.windows.incidentLookup / 60_000} min`
    const incident = found && found.id === subject.weakIncidentId ? { ...found, isWeaklyMatched: true } : found
    return { incident, why, isStillLooking }
  } catch (error) {
    if (!isTransient(error) && !(error instanceof TerminalError)) throw error
    return { incident: null, why: `PagerDuty could not be asked: ${error.message}`, isStillLooking }
  }
}

export interface Situated {
  situation: Situation
  standing: StandingEffects | null
}

type SituateDeps = Pick<
  ReconcileDeps,
  'now' | 'modeSwitch' | 'store' | 'policy' | 'publicUrl' | 'notChecked' | 'storms' | 'github' | 'isInteractive'
>

/** Everything that the plan rests on, for a case with its judgements and the incident as looked up. */
export async function situate(
  judged: {
    subject: Case
    evidenceAtMs: number
    issues?: IssueFacts
    kin?: readonly CaseAlert[]
    neighbours?: readonly string[]
  },
  lookup: Lookup,
  deps: SituateDeps,
): Promise<Situated> {
  const nowMs = deps.now()
  const { incident } = lookup
  const { mode: serviceMode, paused } = await deps.modeSwitch.read()
  const mode = stageOf(serviceMode, [...firingAlerts(judged.subject), ...(judged.kin ?? [])], deps.policy)
  const bound = incident ? bindIncident(judged.subject, incident, nowMs) : judged.subject
  // What we did stands in the journal, whether or not the incident could be read just now.
  const known = incident ?? currentIncident(judged.subject)
  const effects = await deps.store.effectsOf(bound.id)
  const standing = known ? standingEffects(known.id, effects) : null
  const told = withJournalReceipts(bound, known ? effects : [])
  const subject = endSnoozeThatIsOver(standing ? withStandingSnooze(told, standing) : told, nowMs)
  const heldSinceMs = incident && standing ? heldSince(incident, standing) : null
  return {
    standing,
    situation: {
      nowMs,
      subject,
      incident,
      lookupWhy: lookup.why,
      isStillLooking: lookup.isStillLooking,
      evidenceAtMs: judged.evidenceAtMs,
      kin: judged.kin ?? [],
      usage: await gatherUsage(subject, {
        store: deps.store,
        effects,
        policy: deps.policy,
        nowMs,
        isReal: mode !== 'shadow',
      }),
      mode,
      paused,
      isInteractive: deps.isInteractive ?? false,
      policy: deps.policy,
      publicUrl: deps.publicUrl,
      done: {
        acknowledges: standing?.acknowledgesDone ?? 0,
        snoozes: standing?.snoozesDone ?? 0,
        wakes: standing?.wakesDone ?? 0,
        notes: standing?.notesDone ?? 0,
      },
      heldSinceMs,
      isGivenBack: standing?.isGivenBack ?? false,
      storm: await deps.storms.read(firingAlerts(subject)),
      // Asked of GitHub once a look.
      issues: judged.issues ?? (await lookUpIssues(subject, deps)),
      notChecked: deps.notChecked,
      // For people to read: found out once a look, too.
      neighbours: judged.neighbours ?? (await neighboursOf(subject, deps)),
    },
  }
}

/** Since when we alone hold the page (ms), or null. A status that was read before our acknowledgement says nothing of it. */
function heldSince({ status, readAtMs }: Incident, { heldSinceMs }: StandingEffects): number | null {
  if (heldSinceMs === null) return null
  return status === 'acknowledged' || (status === 'triggered' && readAtMs < heldSinceMs) ? heldSinceMs : null
}

function bindIncident(subject: Case, incident: Incident, nowMs: number): Case {
  const others = subject.incidents.filter(({ id }) => id !== incident.id)
  const isNew = others.length === subject.incidents.length
  const bound = { ...subject, incidents: [...others, incident] }
  if (!isNew) return bound
  const what = `incident ${incident.number ?? incident.id} found by its ${incident.isWeaklyMatched ? 'text' : 'key'}`
  return withTimeline(bound, {
    at: new Date(nowMs).toISOString(),
    what,
    actor: 'responder',
    link: incident.url || null,
  })
}

function endSnoozeThatIsOver(subject: Case, nowMs: number): Case {
  const { snooze } = subject
  if (!snooze || snooze.untilMs > nowMs) return subject
  return { ...subject, snooze: null, lastSnoozeEndMs: snooze.untilMs }
}

async function neighboursOf(subject: Case, { store }: Pick<ReconcileDeps, 'store'>): Promise<string[]> {
  for (const alert of firingAlerts(subject)) {
    const identity = identifyCluster(alert)
    if (identity.kind === 'identified') return store.openNeighbours({ ...identity, exceptCaseId: subject.id })
  }
  return []
}

/**
 * The firing alerts of the other open cases that hold a cluster of this case, judged now; none where the case's own alerts
 * ask for no snooze. Open cases of one cluster count as one. Source: PRODUCT.md section 4, Case join.
 */
export async function kinOf(
  subject: Case,
  {
    store,
    now,
    judge,
  }: {
    store: Pick<Store, 'openCasesOfCluster' | 'caseById'>
    now: () => number
    judge: (other: Case) => Promise<{ subject: Case }>
  },
): Promise<CaseAlert[]> {
  const firing = firingAlerts(subject)
  if (joinJudgements(firing, now()).kind !== 'snooze') return []
  const others = new Set<string>()
  for (const alert of firing) {
    const identity = identifyCluster(alert)
    if (identity.kind !== 'identified') continue
    for (const { id } of await store.openCasesOfCluster(identity.clusterId)) if (id !== subject.id) others.add(id)
  }
  const cases = await Promise.all([...others].map((id) => store.caseById(id)))
  // A firing that no incident confirms may be a replay: it forbids nothing.
  const believed = cases.filter((other) => other !== null && !other.isUnconfirmed)
  const judged = await Promise.all(believed.map((other) => (other ? judge(other) : null)))
  return judged.flatMap((other) => (other ? firingAlerts(other.subject) : []))
}
