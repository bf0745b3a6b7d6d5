import type { GroupUpdate, ReceivedAlert } from '../model/alert.ts'
import { type Case, type CaseAlert, withTimeline } from '../model/case.ts'
import { dedupKeyOf } from '../model/identity.ts'

export interface MergeContext {
  receivedAtMs: number
  mergeWindowMs: number
}

/**
 * The case after an update of its group: the union of what every sender told, so that copies, high-availability pairs
 * and replays change nothing. A firing after the end opens a new episode, or re-opens the old one inside the merge
 * window. Null when the update tells of nothing that needs a case: a resolve of a group without one.
 */
export function mergeUpdate(latest: Case | null, update: GroupUpdate, context: MergeContext): Case | null {
  const isFiring = update.alerts.some((alert) => alert.status === 'firing')
  // An incident's text is as old as its first trigger: it opens a case, and never speaks against what a case knows.
  if (update.incident && latest && latest.state !== 'resolved') return latest
  if (latest === null || hasEnded(latest, context)) {
    if (!isFiring) return null
    return withAlerts(openCase(latest, update, context), update, context)
  }
  const base = latest.state === 'resolved' && isFiring ? reopenCase(latest, update, context) : latest
  const merged = withAlerts(base, update, context)
  if (merged.state === 'resolved' || !isOver(merged)) return merged
  return closeCase(merged, context.receivedAtMs)
}

function hasEnded(latest: Case, { receivedAtMs, mergeWindowMs }: MergeContext): boolean {
  return latest.resolvedAtMs !== null && receivedAtMs - latest.resolvedAtMs > mergeWindowMs
}

/** The whole group resolved, and Alertmanager left nothing out of what it said. */
function isOver(subject: Case): boolean {
  return subject.truncatedAlerts === 0 && subject.alerts.every((alert) => alert.status === 'resolved')
}

function openCase(earlier: Case | null, update: GroupUpdate, { receivedAtMs }: MergeContext): Case {
  const dedupKey = dedupKeyOf(update.groupKey)
  const episode = (earlier?.episode ?? 0) + 1
  return {
    id: `c-${dedupKey.slice(0, 12)}-${episode}`,
    groupKey: update.groupKey,
    dedupKey,
    episode,
    version: 0,
    openedAtMs: receivedAtMs,
    updatedAtMs: receivedAtMs,
    resolvedAtMs: null,
    isUnconfirmed: earlier !== null && isReplay(earlier, update),
    flaps: 0,
    receiver: update.receiver,
    groupLabels: update.groupLabels,
    externalUrl: update.externalUrl,
    truncatedAlerts: update.truncatedAlerts,
    alerts: [],
    incidents: [],
    state: 'gathering',
    plan: null,
    receipts: [],
    snooze: null,
    lastSnoozeEndMs: null,
    takenOver: null,
    wakeWhy: null,
    slack: null,
    nextLookMs: null,
    timeline: [
      {
        at: new Date(receivedAtMs).toISOString(),
        what: 'firing',
        actor: update.incident ? 'pagerduty' : 'alertmanager',
        link: null,
      },
    ],
  }
}

function reopenCase(earlier: Case, update: GroupUpdate, { receivedAtMs }: MergeContext): Case {
  const { told: _toldOfTheFiringBefore, ...kept } = earlier
  const reopened: Case = {
    ...kept,
    state: 'gathering',
    resolvedAtMs: null,
    isUnconfirmed: isReplay(earlier, update),
    flaps: earlier.flaps + 1,
    snooze: null,
    lastSnoozeEndMs: null,
    takenOver: null,
    wakeWhy: null,
    plan: null,
  }
  return withTimeline(reopened, {
    at: new Date(receivedAtMs).toISOString(),
    what: `firing again (${reopened.flaps})`,
    actor: 'alertmanager',
    link: null,
  })
}

/**
 * Every firing alert of the update was seen resolved with the same start. That is a late or repeated message, or an
 * alert that came back with its old start: only an open incident tells which.
 */
function isReplay(earlier: Case, update: GroupUpdate): boolean {
  return update.alerts
    .filter((alert) => alert.status === 'firing')
    .every((alert) => {
      const known = earlier.alerts.find((candidate) => candidate.fingerprint === alert.fingerprint)
      return known?.status === 'resolved' && known.startsAtMs === alert.startsAtMs
    })
}

function closeCase(subject: Case, atMs: number, actor = 'alertmanager'): Case {
  return withTimeline(
    { ...subject, state: 'resolved', endedAs: subject.state, resolvedAtMs: atMs, nextLookMs: null },
    { at: new Date(atMs).toISOString(), what: 'resolved', actor, link: null },
  )
}

function withAlerts(subject: Case, update: GroupUpdate, { receivedAtMs }: MergeContext): Case {
  // Alertmanager tells of its whole group: what only an incident's text told of before gives way to that.
  const kept = update.incident ? subject.alerts : subject.alerts.filter((alert) => !isReplaced(alert, update))
  const alerts = new Map(kept.map((alert) => [alert.fingerprint, alert]))
  for (const received of update.alerts) {
    const known = alerts.get(received.fingerprint)
    // A resolve of something never seen firing here tells of nothing to do, nor does the late one of an earlier firing.
    if (received.status === 'resolved' && (!known || isOfEarlierFiring(received, known))) continue
    alerts.set(received.fingerprint, toCaseAlert(known, received, receivedAtMs))
  }
  return {
    ...subject,
    truncatedAlerts: update.truncatedAlerts,
    receiver: update.receiver || subject.receiver,
    groupLabels: update.incident ? subject.groupLabels : update.groupLabels,
    externalUrl: update.externalUrl,
    ...(update.incident?.isWeaklyMatched ? { weakIncidentId: update.incident.id } : {}),
    alerts: [...alerts.values()],
  }
}

function isReplaced(alert: CaseAlert, { alerts }: GroupUpdate): boolean {
  return alert.isFromIncident === true && !alerts.some(({ fingerprint }) => fingerprint === alert.fingerprint)
}

/** The case after its incident was resolved, where nobody but the incident ever told of its alerts. */
export function closeWithIncident(subject: Case, atMs: number): Case {
  const alerts = subject.alerts.map((alert) => ({ ...alert, status: 'resolved' as const, endsAtMs: atMs }))
  return closeCase({ ...subject, alerts }, atMs, 'pagerduty')
}

/** It ended before the firing that is known began: Alertmanager's peers and retries tell late. */
function isOfEarlierFiring({ endsAtMs }: ReceivedAlert, known: CaseAlert): boolean {
  return known.status === 'firing' && endsAtMs !== null && endsAtMs < known.startsAtMs
}

function toCaseAlert(known: CaseAlert | undefined, received: ReceivedAlert, receivedAtMs: number): CaseAlert {
  const isNewEpisode = !known || (known.status === 'resolved' && received.status === 'firing')
  return {
    ...received,
    // A late message of an earlier firing must not reach back for that one's error texts.
    startsAtMs: isNewEpisode ? received.startsAtMs : Math.max(known.startsAtMs, received.startsAtMs),
    firstReceivedAtMs: isNewEpisode ? receivedAtMs : known.firstReceivedAtMs,
    lastReceivedAtMs: receivedAtMs,
    judgement: isNewEpisode ? null : known.judgement,
    facts: isNewEpisode ? null : known.facts,
    ...(isNewEpisode || !known.findings ? {} : { findings: known.findings }),
  }
}
