import type { Policy } from '../config/policy.ts'
import { type Case, firingAlerts } from '../model/case.ts'
import { identifyCluster } from '../model/identity.ts'
import type { NoteAction, Plan } from '../model/plan.ts'
import { noteMarker } from './note.ts'
import { casePage } from './situation.ts'
import { slackMessage } from './slack-message.ts'

/** Clusters named in the note; the case page has all. */
const CLUSTER_LIMIT = 10
const OUTCOME_KEY = 'set-aside'
const HEADLINE = 'Needs you: set aside, every look at the case failed'

/**
 * What people are told of a case that nothing could be found out about, because every look at it failed: made of what is
 * known of it alone. `note` is null where no incident is known.
 */
export function setAsidePlan(
  subject: Case,
  incidentId: string | null,
  context: { policy: Policy; publicUrl: string | null },
): { plan: Plan; note: NoteAction | null } {
  const note = incidentId === null ? null : toNote(subject, incidentId, context)
  const slack = {
    action: 'slack' as const,
    key: `slack/${subject.id}`,
    why: HEADLINE,
    contentKey: OUTCOME_KEY,
    ...slackMessage({ ...context, subject }, { headline: HEADLINE, refusals: [] }),
    urgency: 'page' as const,
  }
  const actions = note ? [note, slack] : [slack]
  return { plan: { headline: HEADLINE, outcomeKey: OUTCOME_KEY, actions, refusals: [] }, note }
}

function toNote(
  subject: Case,
  incidentId: string,
  { policy, publicUrl }: { policy: Policy; publicUrl: string | null },
): NoteAction {
  const marker = noteMarker(incidentId, OUTCOME_KEY)
  const page = casePage({ subject, publicUrl })
  const clusterIds = firingAlerts(subject).flatMap((alert) => {
    const identity = identifyCluster(alert)
    return identity.kind === 'identified' ? [identity.clusterId] : []
  })
  const content = [
    HEADLINE,
    `Clusters: ${[...new Set(clusterIds)].slice(0, CLUSTER_LIMIT).join(', ') || 'none identified'}`,
    'Not checked: anything. Follow the runbook from its first step.',
    ...(page ? [`Case: ${page}`] : []),
    `Runbook: ${policy.links.runbook}`,
    marker,
  ].join('\n')
  const key = `note/${incidentId}/${OUTCOME_KEY}`
  return { action: 'note', key, why: HEADLINE, incidentId, content, pageStays: true, marker }
}
