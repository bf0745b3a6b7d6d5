import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import type { GroupUpdate, ReceivedAlert } from '../../src/model/alert.ts'
import type { Case, CaseAlert, CaseSnooze } from '../../src/model/case.ts'
import type { ChannelFacts, MessageFact } from '../../src/model/evidence.ts'
import type { AlertFacts, EtcdFacts, Migration } from '../../src/model/facts.ts'
import { dedupKeyOf, identifyCluster } from '../../src/model/identity.ts'
import type { Incident } from '../../src/model/incident.ts'
import { NO_ISSUES } from '../../src/model/issue.ts'
import type { Judgement, Reason, Remedy, Verdict } from '../../src/model/verdict.ts'
import type { Situation } from '../../src/plan/situation.ts'

/** The moment at which the tests' decisions are made. */
export const NOW_MS = Date.parse('2026-11-22T12:00:00Z')
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const CLUSTER_ID = 'bu0c7dkl0te7m5kq6u8g'
export const OTHER_CLUSTER_ID = 'c9e1qv2f0m3ab4cd5ef0'
export const ACCOUNT_ID = 'b9f1cbd2ae7b4b5fb8ad5c0c3fbbd5dd'
export const CRN = crnOf(CLUSTER_ID)
/** No effect stands on the incident yet. */
export const NOTHING_DONE = { acknowledges: 0, snoozes: 0, wakes: 0, notes: 0 }
export const GROUP_KEY = '{}:{alertname="ArmadaKPEventsProcessingErrors"}'
export const BUSY_TEXT = 'error completing request, the cluster is busy with another KMS action'

export function crnOf(clusterId: string, region = 'us-south'): string {
  return `crn:v1:bluemix:public:containers-kubernetes:${region}:a/${ACCOUNT_ID}:${clusterId}::`
}

/** Labels of an alert that no rail objects to. */
export function labelsOf(clusterId: string): Record<string, string> {
  return {
    alertname: 'ArmadaKPEventsProcessingErrors',
    CRN: crnOf(clusterId),
    carrier_name: 'prod-dal10-carrier104',
    severity: 'warning',
    tip_customer_impacting: 'false',
  }
}

/** A firing alert of the cluster, ten minutes old. */
export function aReceivedAlert(change: Partial<ReceivedAlert> = {}): ReceivedAlert {
  return {
    fingerprint: '0123456789abcdef',
    status: 'firing',
    labels: labelsOf(CLUSTER_ID),
    annotations: { summary: 'KP events fail' },
    startsAtMs: NOW_MS - 10 * MINUTE_MS,
    endsAtMs: null,
    generatorUrl: '',
    ...change,
  }
}

export function anAlert(change: Partial<CaseAlert> = {}): CaseAlert {
  return {
    ...aReceivedAlert(),
    firstReceivedAtMs: NOW_MS - 9 * MINUTE_MS,
    lastReceivedAtMs: NOW_MS - 9 * MINUTE_MS,
    judgement: busyJudgement(),
    facts: null,
    ...change,
  }
}

export function anUpdate(change: Partial<GroupUpdate> = {}): GroupUpdate {
  return {
    groupKey: GROUP_KEY,
    receiver: 'kp-events',
    groupLabels: { alertname: 'ArmadaKPEventsProcessingErrors' },
    commonLabels: {},
    externalUrl: 'http://alertmanager:9093',
    truncatedAlerts: 0,
    alerts: [aReceivedAlert()],
    ...change,
  }
}

/** A message of a listed author, about the cluster alone. */
export function aMessage(text: string, change: Partial<MessageFact> = {}): MessageFact {
  return {
    atMs: NOW_MS - 8 * MINUTE_MS,
    link: 'https://ibm-argonauts.slack.com/archives/C018KJ6NW4A/p1763812240000100',
    text,
    ownText: text,
    isAboutMore: false,
    isListed: true,
    author: 'kp-events-bot',
    ...change,
  }
}

/** A channel that was read completely and holds the messages. */
export function aChannel(messages: MessageFact[] = [], change: Partial<ChannelFacts> = {}): ChannelFacts {
  return {
    outcome: messages.length > 0 ? 'found' : 'absent',
    why: null,
    isCatchingUp: false,
    completeToMs: NOW_MS - 10_000,
    observedAtMs: NOW_MS - 10_000,
    messages,
    ...change,
  }
}

/** Facts of an identified cluster about which both channels were read and say nothing. */
export function someFacts(change: Partial<AlertFacts> = {}): AlertFacts {
  return {
    nowMs: NOW_MS,
    identity: identifyCluster({ labels: { CRN }, annotations: {} }),
    startsAtMs: NOW_MS - 10 * MINUTE_MS,
    waitFromMs: NOW_MS - 9 * MINUTE_MS,
    waitUntilMs: null,
    catchUpUntilMs: 0,
    errorTexts: aChannel(),
    masterOperations: aChannel(),
    deletions: null,
    etcd: null,
    migration: null,
    ...change,
  }
}

/** A trusted etcd that holds no record of the cluster. */
export function anEtcdAnswer(change: Partial<EtcdFacts> = {}): EtcdFacts {
  return {
    outcome: 'absent',
    why: 'no key of the cluster at revision 4711',
    revision: '4711',
    observedAtMs: NOW_MS - 5_000,
    ...change,
  }
}

/** The runbook's migration, as it applies to an alert of its window. */
export function aMigration(): Migration {
  return { name: 'BNPP to HPCS', region: 'eu-fr2', workerAccount: 'bab556e1c47446ef8da61e399343a3e7' }
}

export function aVerdict(reason: Reason, remedy: Remedy, change: Partial<Verdict> = {}): Verdict {
  return {
    classification: 'unclassified',
    reason,
    message: `It is ${reason}.`,
    remedy,
    evidence: [
      {
        source: 'kp-events-alerts',
        outcome: 'found',
        summary: 'kp-events-bot at 2026-11-22T11:52:00.000Z',
        observedAt: '2026-11-22T11:59:50.000Z',
        link: 'https://ibm-argonauts.slack.com/archives/C018KJ6NW4A/p1763812240000100',
        quote: BUSY_TEXT,
      },
    ],
    ruledOut: [],
    ...change,
  }
}

export function busyJudgement(seconds = 7_200): Judgement {
  return { kind: 'verdict', verdict: aVerdict('busy', { kind: 'snooze', seconds, budget: 'busySnoozes' }) }
}

export function humanJudgement(reason: Reason): Judgement {
  return { kind: 'verdict', verdict: aVerdict(reason, { kind: 'human' }) }
}

export function waitingJudgement(untilMs: number): Judgement {
  return { kind: 'waiting', awaited: 'error-text', untilMs, verdict: aVerdict('no-error-text', { kind: 'human' }) }
}

/** A triggered incident that is this case's alone and that nobody touched. */
export function anIncident(change: Partial<Incident> = {}): Incident {
  return {
    id: 'Q1INCIDENT',
    number: 12,
    url: 'https://acme.pagerduty.com/incidents/Q1INCIDENT',
    title: 'KP events fail',
    status: 'triggered',
    priority: null,
    serviceId: 'PSERVICE',
    serviceName: 'armada-deploy',
    escalationPolicy: { id: 'PPOLICY', name: 'Armada deploy', url: null },
    assignees: ['Ada'],
    acknowledgers: [],
    unacknowledgeAtMs: null,
    escalateAtMs: null,
    sharedWhy: null,
    isWeaklyMatched: false,
    isOutdated: false,
    humanActs: [],
    readAtMs: NOW_MS,
    ...change,
  }
}

/** The case of one alert, opened nine minutes ago and not decided yet; version 0: not stored. */
export function aCase(change: Partial<Case> = {}): Case {
  return {
    id: 'case-1',
    groupKey: GROUP_KEY,
    dedupKey: dedupKeyOf(GROUP_KEY),
    episode: 1,
    version: 0,
    openedAtMs: NOW_MS - 9 * MINUTE_MS,
    updatedAtMs: NOW_MS - 9 * MINUTE_MS,
    resolvedAtMs: null,
    isUnconfirmed: false,
    flaps: 0,
    receiver: 'kp-events',
    groupLabels: { alertname: 'ArmadaKPEventsProcessingErrors' },
    externalUrl: 'http://alertmanager:9093',
    truncatedAlerts: 0,
    alerts: [anAlert()],
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
    timeline: [],
    ...change,
  }
}

/** A real snooze of two hours that began an hour ago. */
export function aSnooze(change: Partial<CaseSnooze> = {}): CaseSnooze {
  return {
    incidentId: 'Q1INCIDENT',
    number: 1,
    fromMs: NOW_MS - HOUR_MS,
    untilMs: NOW_MS + HOUR_MS,
    seconds: 7_200,
    budget: 'busySnoozes',
    isReal: true,
    fingerprints: ['0123456789abcdef'],
    headline: 'Snoozed 2 h: cluster busy with another KMS action',
    ...change,
  }
}

/** A live situation in which the case's busy cluster would be snoozed: no rail objects. */
export function aSituation(change: Partial<Situation> = {}): Situation {
  return {
    nowMs: NOW_MS,
    subject: aCase(),
    incident: anIncident(),
    lookupWhy: 'no open incident with the key of this group was found in 15 min',
    isStillLooking: true,
    evidenceAtMs: NOW_MS - 10_000,
    kin: [],
    usage: { clusters: [{ clusterId: CLUSTER_ID, snoozes: [], cases: 1 }], snoozesLastHour: 0 },
    mode: 'live',
    paused: false,
    policy: DEFAULT_POLICY,
    publicUrl: 'https://responder.example.com',
    done: NOTHING_DONE,
    heldSinceMs: null,
    isGivenBack: false,
    storm: null,
    issues: NO_ISSUES,
    notChecked: [],
    neighbours: [],
    ...change,
  }
}
