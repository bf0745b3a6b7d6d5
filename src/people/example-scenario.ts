import { stringify } from 'yaml'
import { z } from 'zod'
import { identifyCluster } from '../model/identity.ts'
import type { Reason } from '../model/verdict.ts'
import type { LabelledExample } from './labelled-examples.ts'

/** What a scenario takes of the stored facts; what is not there is not said. */
const Message = z.object({ atMs: z.number(), text: z.string(), isListed: z.boolean() })
const Channel = z.object({ messages: z.array(Message) })
const Facts = z.object({
  nowMs: z.number(),
  errorTexts: Channel.nullish(),
  masterOperations: Channel.nullish(),
  deletions: Channel.nullish(),
  etcd: z.object({ outcome: z.string() }).nullish(),
})
type Facts = z.infer<typeof Facts>
type ExampleAlert = LabelledExample['alerts'][number]

/** Labels that decide something; the others are the stage's own. */
const DECIDING_LABELS = ['severity', 'tip_customer_impacting'] as const

/** What a person does about a reason, and what is seen of it. */
interface Remedy {
  person: string
  state: string
  effects: string[]
}
const KEEPS: Remedy = { person: 'keeps the page', state: 'handed-over', effects: ['note'] }
const SNOOZES: Remedy = {
  person: 'snoozes 2 h',
  state: 'snoozed',
  effects: ['acknowledge', 'snooze 7200', 'note'],
}
const OPENS: Remedy = {
  person: 'opens an issue and snoozes 12 h',
  state: 'snoozed',
  effects: ['acknowledge', 'snooze 43200', 'note'],
}

/**
 * A scenario file that plays what the responder saw, with clusters named anew, and expects what the person said would be
 * right. It fails for as long as the responder judges as it did.
 */
export function toScenarioYaml(example: LabelledExample): string {
  const names = new Map<string, string>()
  for (const alert of example.alerts) {
    const { clusterId } = placeOf(alert)
    if (clusterId !== null && !names.has(clusterId)) names.set(clusterId, nameAt(names.size))
  }
  const { person, state, effects } = remedyOf(example.right)
  return stringify({
    title: `Judged ${example.alerts.map(({ given }) => given ?? 'nothing').join(', ')}, and should be ${example.right}`,
    runbook: `Step to be named by who keeps this file. ${example.text || 'No words were given.'} (said at ${example.at})`,
    person,
    alerts: example.alerts.map((alert) => toAlert(alert, names)),
    given: example.alerts.flatMap((alert) => toSteps(alert, names)),
    expect: { state, reasons: example.alerts.map(() => example.right), effects },
  })
}

function remedyOf(reason: Reason): Remedy {
  if (reason === 'busy' || reason === 'migration-blocked') return SNOOZES
  return reason === 'orphaned-key-registration' ? OPENS : KEEPS
}

function toAlert(alert: ExampleAlert, names: ReadonlyMap<string, string>): Record<string, unknown> {
  const { clusterId, region, account } = placeOf(alert)
  const facts = Facts.safeParse(alert.facts)
  const labels = Object.fromEntries(DECIDING_LABELS.map((name) => [name, alert.labels[name] ?? null]))
  return {
    cluster: names.get(clusterId ?? '') ?? nameAt(names.size),
    ...(region === null ? {} : { region }),
    ...(account === null ? {} : { account }),
    labels: clusterId === null ? { ...labels, CRN: null } : labels,
    ...(facts.success ? { starts: { ago: ago(facts.data.nowMs - alert.startsAtMs) } } : {}),
  }
}

function toSteps(alert: ExampleAlert, names: ReadonlyMap<string, string>): Record<string, unknown>[] {
  const facts = Facts.safeParse(alert.facts)
  if (!facts.success) return []
  const { clusterId, region } = placeOf(alert)
  const isRecorded = facts.data.etcd?.outcome === 'present' && clusterId !== null && region !== null
  return [
    ...posts(facts.data, 'errorTexts', { channel: 'kpEventsAlerts', by: 'kpEvents' }, names),
    ...posts(facts.data, 'masterOperations', { channel: 'deployFailure', by: 'deploy' }, names),
    ...posts(facts.data, 'deletions', { channel: 'deployAlerts', by: 'deploy' }, names),
    ...(isRecorded ? [{ record: { cluster: names.get(clusterId), region } }] : []),
  ]
}

function posts(
  facts: Facts,
  question: 'errorTexts' | 'masterOperations' | 'deletions',
  place: { channel: string; by: string },
  names: ReadonlyMap<string, string>,
): Record<string, unknown>[] {
  return (facts[question]?.messages ?? []).map(({ atMs, text, isListed }) => ({
    post: {
      channel: place.channel,
      by: isListed ? place.by : 'strangeBot',
      ago: ago(facts.nowMs - atMs),
      text: withNames(text, names),
    },
  }))
}

/** The text with the ids of the example's clusters as their names; what only looks like a name stays as it is read. */
function withNames(text: string, names: ReadonlyMap<string, string>): string {
  let named = text.replace(/\{(?=\w+(?::\d+)?\})/g, '{ ')
  for (const [clusterId, name] of names) named = named.replaceAll(clusterId, `{${name}}`)
  return named
}

function placeOf({ labels, annotations }: ExampleAlert) {
  const identity = identifyCluster({ labels, annotations })
  return identity.kind === 'identified'
    ? { clusterId: identity.clusterId, region: identity.region, account: identity.accountId }
    : { clusterId: null, region: null, account: null }
}

function nameAt(index: number): string {
  return index < 26 ? String.fromCharCode(97 + index) : `c${index}`
}

function ago(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1_000))}s`
}
