import { createHash } from 'node:crypto'
import type { CaseAlert } from '../model/case.ts'
import { identifyCluster } from '../model/identity.ts'
import type { Action, Refusal, SlackAction } from '../model/plan.ts'
import { noteMarker, noteText } from './note.ts'
import type { Situation } from './situation.ts'
import { issueLinks, slackMessage } from './slack-message.ts'

/** How a case comes out, as people are told it. */
export interface Outcome {
  headline: string
  /** Identity of the outcome, without the incident. */
  key: string
  refusals: Refusal[]
  /** True when nothing is known against a snooze: it is only that the evidence could not be had. */
  isDoubtOnly?: boolean
}

/** The note that tells an outcome on the incident, once. */
export function noteAction(situation: Situation, outcome: Outcome, snoozed: { untilMs: number } | null): Action {
  const incidentId = situation.incident?.id ?? ''
  const marker = noteMarker(incidentId, outcome.key)
  return {
    action: 'note',
    key: `note/${incidentId}/${outcome.key}`,
    why: outcome.headline,
    incidentId,
    content: noteText(situation, { ...outcome, marker, snooze: snoozed }),
    pageStays: snoozed === null,
    marker,
  }
}

/** The case's message in the notify channel, as this outcome wants it. */
export function slackAction(situation: Situation, outcome: Outcome): SlackAction {
  const message = slackMessage(situation, outcome)
  const contentKey = digest([
    outcome.key,
    situation.subject.state === 'resolved' ? 'resolved' : 'open',
    outcome.headline,
    ...outcome.refusals.map(({ rail }) => rail),
    ...issueLinks(situation.subject),
  ])
  return { action: 'slack', key: `slack/${situation.subject.id}`, why: outcome.headline, contentKey, ...message }
}

/** What people call an alert: its cluster, where it has one. */
export function nameOf(alert: CaseAlert): string {
  const identity = identifyCluster(alert)
  return identity.kind === 'identified' ? identity.clusterId : alert.fingerprint
}

/** A short identity of some words. */
export function digest(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)
}
