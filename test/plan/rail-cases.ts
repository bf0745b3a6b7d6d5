import type { Rail } from '../../src/model/plan.ts'
import { type SnoozeRequest, STALE_AFTER_MS } from '../../src/plan/rails.ts'
import { anAlert, anIncident, aSituation, CLUSTER_ID, HOUR_MS, labelsOf, NOW_MS } from '../support/builders.ts'

export function aRequest(change: Partial<SnoozeRequest> = {}): SnoozeRequest {
  const situation = aSituation()
  return {
    ...situation,
    seconds: 7_200,
    budget: 'busySnoozes',
    firing: situation.subject.alerts,
    truncatedAlerts: 0,
    byHand: null,
    ...change,
  }
}

export function withLabels(change: Record<string, string | undefined>): Partial<SnoozeRequest> {
  const entries = Object.entries({ ...labelsOf(CLUSTER_ID), ...change })
  const labels = Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined))
  return { firing: [anAlert(), anAlert({ fingerprint: 'second', labels })] }
}

export function used(...snoozes: { budget: string; hoursAgo: number; hours: number }[]): Partial<SnoozeRequest> {
  const spans = snoozes.map(({ budget, hoursAgo, hours }) => ({
    budget,
    fromMs: NOW_MS - hoursAgo * HOUR_MS,
    untilMs: NOW_MS - (hoursAgo - hours) * HOUR_MS,
  }))
  return { usage: { clusters: [{ clusterId: CLUSTER_ID, snoozes: spans, cases: 1 }], snoozesLastHour: 0 } }
}

export function ofIncident(change: Parameters<typeof anIncident>[0]): Partial<SnoozeRequest> {
  return { incident: anIncident(change) }
}

export interface Refused {
  name: string
  change: Partial<SnoozeRequest>
  rail: Rail
  why: RegExp
}

const STORM = { sinceMs: NOW_MS - 300_000, endsAtMs: NOW_MS + 600_000, clusters: 25, regions: [], accounts: [] }
export const HUMAN_ACT = { who: 'Ada', what: 'acknowledge', atMs: NOW_MS - 1_000 }

export const REFUSED: Refused[] = [
  {
    name: 'an alert that impacts customers',
    change: withLabels({ tip_customer_impacting: 'true' }),
    rail: 'customer-impacting',
    why: /"true"/,
  },
  {
    name: 'an alert that does not say',
    change: withLabels({ tip_customer_impacting: undefined }),
    rail: 'customer-impacting',
    why: /missing/,
  },
  {
    name: 'False in another case',
    change: withLabels({ tip_customer_impacting: 'False' }),
    rail: 'customer-impacting',
    why: /"False"/,
  },
  {
    name: 'false with a blank',
    change: withLabels({ tip_customer_impacting: 'false ' }),
    rail: 'customer-impacting',
    why: /"false "/,
  },
  { name: 'a critical alert', change: withLabels({ severity: 'critical' }), rail: 'severity', why: /"critical"/ },
  { name: 'an alert without severity', change: withLabels({ severity: undefined }), rail: 'severity', why: /missing/ },
  { name: 'an incident of priority P1', change: ofIncident({ priority: 'P1' }), rail: 'severity', why: /priority P1/ },
  {
    name: 'an incident of priority p2 with words',
    change: ofIncident({ priority: 'p2 - high' }),
    rail: 'severity',
    why: /priority p2/,
  },
  {
    name: 'alerts left out of the message',
    change: { truncatedAlerts: 1 },
    rail: 'truncated-group',
    why: /left 1 alerts out/,
  },
  {
    name: 'no incident',
    change: { incident: null, lookupWhy: 'none was found' },
    rail: 'incident-not-found',
    why: /^none was found$/,
  },
  {
    name: 'a resolved incident',
    change: ofIncident({ status: 'resolved' }),
    rail: 'incident-resolved',
    why: /resolved in PagerDuty/,
  },
  {
    name: 'a person who acted',
    change: ofIncident({ humanActs: [HUMAN_ACT] }),
    rail: 'human-engaged',
    why: /^Ada acted .*acknowledge/,
  },
  {
    name: 'acts of people that were not read',
    change: ofIncident({ humanActs: null }),
    rail: 'human-engaged',
    why: /could not be read/,
  },
  {
    name: 'an incident of more than this case',
    change: ofIncident({ sharedWhy: 'it has a conference bridge' }),
    rail: 'shared-incident',
    why: /bridge/,
  },
  {
    name: 'evidence older than two minutes',
    change: { evidenceAtMs: NOW_MS - STALE_AFTER_MS - 1 },
    rail: 'stale-evidence',
    why: /older than 2 min/,
  },
  {
    name: 'two busy snoozes within a day',
    change: used({ budget: 'busySnoozes', hoursAgo: 20, hours: 2 }, { budget: 'busySnoozes', hoursAgo: 3, hours: 2 }),
    rail: 'snooze-budget',
    why: /snoozed 2 times in 24 h, at most 2/,
  },
  {
    name: 'silence over its budget',
    change: used(
      { budget: 'orphanSnoozes', hoursAgo: 40, hours: 12 },
      { budget: 'orphanSnoozes', hoursAgo: 25, hours: 13 },
    ),
    rail: 'snooze-budget',
    why: /silent for 27 h in 48 h, at most 26 h/,
  },
  {
    name: 'twenty snoozes in the hour',
    change: { usage: { ...aRequest().usage, snoozesLastHour: 20 } },
    rail: 'snooze-budget',
    why: /20 snoozes in the last hour/,
  },
  {
    name: 'a cluster that opened its fifth case',
    change: { usage: { clusters: [{ clusterId: CLUSTER_ID, snoozes: [], cases: 5 }], snoozesLastHour: 0 } },
    rail: 'flapping',
    why: /opened 5 cases, more than 4/,
  },
  { name: 'a storm', change: { storm: STORM }, rail: 'storm', why: /25 clusters began to fail since 2026-11-22T11:55/ },
  {
    name: 'an incident found by its text',
    change: ofIncident({ isWeaklyMatched: true }),
    rail: 'incident-weakly-matched',
    why: /by its text/,
  },
  { name: 'shadow', change: { mode: 'shadow' }, rail: 'shadow', why: /writes nothing/ },
  { name: 'approval not given', change: { mode: 'approve' }, rail: 'awaiting-approval', why: /approved/ },
  { name: 'a pause', change: { paused: true }, rail: 'paused', why: /paused/ },
]
