import { recordKeyOf } from '../../demo/etcds.ts'
import { issuesAreClosed, mergeWindowPasses, onIncident, untilGathering } from '../../demo/scenarios/acts.ts'
import type { Act, AlertSpec, Episode, Scenario } from '../../demo/scenarios/scenario.ts'
import { deletes, edits, posts } from '../../demo/scenarios/slack-acts.ts'
import type { Scene } from '../../demo/scene.ts'
import type { AlertInput, EpisodeInput, ScenarioFile, Step } from './scenario-file.ts'

const DAY_MS = 86_400_000
const FOREIGN_KEY = 'alert-of-another-team'
const SNOOZED_BY_HAND_SECONDS = 600

/** The scenario of a file, to be played on the demo's stage. */
export function toScenario(name: string, file: ScenarioFile): Scenario {
  const { title, next, ...first } = file
  const episode = toEpisode(first, first.alerts)
  return { name, title, ...episode, next: next?.map((then) => toEpisode(then, then.alerts ?? first.alerts)) }
}

function toEpisode(input: Omit<EpisodeInput, 'alerts'>, alerts: readonly AlertInput[]): Episode {
  const { given, meanwhile, expect, truncatedAlerts, webhook, deliveries, incident } = input
  return {
    truncatedAlerts,
    webhook,
    deliveries,
    incident,
    given: given?.map(toAct),
    meanwhile: meanwhile?.map(toAct),
    alerts: alerts.map(toAlert),
    expect: { ...expect, state: expect.state === 'none' ? null : expect.state },
  }
}

function toAlert({ cluster, region, account, labels, description, starts }: AlertInput): AlertSpec {
  return {
    cluster,
    region,
    accountId: account,
    labels,
    description: description === undefined ? undefined : fillWith(description),
    startsAt: starts === undefined ? undefined : (today) => startOf(starts, today),
  }
}

function startOf(starts: NonNullable<AlertInput['starts']>, today: Date): Date {
  if ('ago' in starts) return new Date(Date.now() - starts.ago * 1_000)
  const midnightMs = today.getTime() - (starts.day === 'yesterday' ? DAY_MS : 0)
  return new Date(`${new Date(midnightMs).toISOString().slice(0, 10)}T${starts.at}Z`)
}

function toAct(step: Step): Act {
  if ('post' in step) {
    const { ago, text, ...posting } = step.post
    return posts({ ...posting, secondsAgo: ago, text: fillWith(text) })
  }
  if ('edit' in step) return edits(step.edit.message, fillWith(step.edit.text))
  if ('delete' in step) return deletes(step.delete)
  if ('human' in step) return toHumanAct(step.human)
  if ('record' in step) {
    const { cluster, region } = step.record
    return ({ etcd, clusterId }) => etcd(region).put(recordKeyOf(clusterId(cluster)))
  }
  if ('await' in step) return untilGathering
  if ('passes' in step) return mergeWindowPasses
  return issuesAreClosed
}

function toHumanAct(act: Extract<Step, { human: unknown }>['human']): Act {
  switch (act) {
    case 'acknowledges':
      return onIncident((pagerduty, id) => pagerduty.humanAcknowledges(id))
    case 'snoozes':
      return onIncident((pagerduty, id) => pagerduty.humanSnoozes(id, SNOOZED_BY_HAND_SECONDS))
    case 'notes':
      return onIncident((pagerduty, id) => pagerduty.humanNotes(id, 'I am looking at this one.'))
    case 'reassigns':
      return onIncident((pagerduty, id) => pagerduty.humanReassigns(id))
    case 'escalates':
      return onIncident((pagerduty, id) => pagerduty.humanEscalates(id))
    case 'sets priority P1':
      return onIncident((pagerduty, id) => pagerduty.setPriority(id, 'P1'))
    case 'asks for a responder':
      return onIncident((pagerduty, id) => pagerduty.addResponderRequest(id))
    case 'opens a conference bridge':
      return onIncident((pagerduty, id) => pagerduty.setConferenceBridge(id))
    case 'sends a status update':
      return onIncident((pagerduty, id) => pagerduty.addStatusUpdate(id, 'We are looking into it.'))
    case 'merges a foreign alert':
      return onIncident((pagerduty, id) => pagerduty.mergeForeignAlert(id, FOREIGN_KEY))
    default:
      return act satisfies never
  }
}

/** A text with the ids of the scenario's clusters in the places of their names. */
function fillWith(text: string): (scene: Scene) => string {
  return ({ clusterId }) =>
    text.replace(/\{(\w+)(?::(\d+))?\}/g, (_whole, name: string, length?: string) =>
      clusterId(name).slice(0, length === undefined ? undefined : Number(length)),
    )
}
