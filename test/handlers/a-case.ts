import type { Case, CaseAlert } from '../../src/model/case.ts'
import type { Incident } from '../../src/model/incident.ts'
import type { Verdict } from '../../src/model/verdict.ts'

const OPENED_MS = Date.parse('2026-11-22T11:50:00Z')
export const CLUSTER_ID = 'bu0c7dkl0te7m5kq6u8g'
export const CRN = `crn:v1:bluemix:public:containers-kubernetes:us-south:a/b9f1cbd2ae7b4b5fb8ad5c0c3fbbd5dd:${CLUSTER_ID}::`

export const BUSY_VERDICT: Verdict = {
  classification: 'busy-kms',
  reason: 'busy',
  message: 'The cluster is busy with another KMS action.',
  remedy: { kind: 'snooze', seconds: 7_200, budget: 'busySnoozes' },
  evidence: [
    {
      source: 'kp-events-alerts',
      outcome: 'found',
      summary: 'An error text about this cluster was posted in #armada-kp-events-alerts.',
      observedAt: '2026-11-22T11:51:00.000Z',
      link: 'https://ibm-argonauts.slack.com/archives/C018KJ6NW4A/p1763812240000100',
      quote: `error completing request, the cluster is busy with another KMS action (${CLUSTER_ID})`,
    },
    {
      source: 'deploy-failure',
      outcome: 'absent',
      summary: 'No message about this cluster in #armada-deploy-failure, complete to 11:50:50.',
      observedAt: '2026-11-22T11:51:00.000Z',
      link: null,
      quote: null,
    },
  ],
  ruledOut: [{ reason: 'kms-update-failed', why: 'no kms_update failure of this cluster in 30 days' }],
}

export function anAlert(change: Partial<CaseAlert> = {}): CaseAlert {
  return {
    fingerprint: '0123456789abcdef',
    status: 'firing',
    labels: { alertname: 'ArmadaKPEventsProcessingErrors', CRN, severity: 'warning' },
    annotations: { summary: 'KP events fail' },
    startsAtMs: OPENED_MS,
    endsAtMs: null,
    generatorUrl: '',
    firstReceivedAtMs: OPENED_MS,
    lastReceivedAtMs: OPENED_MS,
    judgement: { kind: 'verdict', verdict: BUSY_VERDICT },
    facts: null,
    ...change,
  }
}

export function anIncident(change: Partial<Incident> = {}): Incident {
  return {
    id: 'Q1INCIDENT',
    number: 12,
    url: 'https://acme.pagerduty.com/incidents/Q1INCIDENT',
    title: 'KP events fail',
    status: 'acknowledged',
    priority: null,
    serviceId: 'PSERVICE',
    serviceName: 'armada-deploy',
    escalationPolicy: null,
    assignees: [],
    acknowledgers: [],
    unacknowledgeAtMs: null,
    escalateAtMs: null,
    sharedWhy: null,
    humanActs: [],
    readAtMs: OPENED_MS,
    isOutdated: false,
    ...change,
  }
}

/** A busy cluster's case, snoozed for two hours; any field may be another. Version 0: not stored yet. */
export function aCase(change: Partial<Case> = {}): Case {
  return {
    id: 'case-1',
    groupKey: '{}:{alertname="ArmadaKPEventsProcessingErrors"}',
    dedupKey: '1239916f7bd6a326b86cfdaf715c9a1d033cc541a2513083bc1660a3e914dfbf',
    episode: 1,
    version: 0,
    openedAtMs: OPENED_MS,
    updatedAtMs: OPENED_MS + 60_000,
    resolvedAtMs: null,
    isUnconfirmed: false,
    flaps: 0,
    receiver: 'kp-events',
    groupLabels: { alertname: 'ArmadaKPEventsProcessingErrors' },
    externalUrl: 'http://alertmanager:9093',
    truncatedAlerts: 0,
    alerts: [anAlert()],
    incidents: [anIncident()],
    state: 'snoozed',
    plan: {
      headline: 'Snoozed 2 h: cluster busy with another KMS action',
      outcomeKey: 'busy',
      actions: [
        {
          key: 'n1',
          why: 'the people on call should know',
          action: 'note',
          incidentId: 'Q1INCIDENT',
          pageStays: false,
          content: 'Snoozed 2 h: busy\nSecond line',
          marker: 'm',
        },
        {
          key: 's1',
          why: 'one post',
          action: 'slack',
          contentKey: 'k',
          text: 'Snoozed 2 h',
          blocks: [{ type: 'section' }],
        },
      ],
      refusals: [{ action: 'snooze', rail: 'snooze-budget', why: '2 of 2 snoozes in 24 h are used' }],
    },
    receipts: [
      {
        action: 'snooze',
        result: 'created',
        why: null,
        link: 'https://acme.pagerduty.com/incidents/Q1INCIDENT',
        at: '2026-11-22T11:51:02.000Z',
      },
    ],
    snooze: {
      number: 1,
      incidentId: 'Q1INCIDENT',
      fromMs: OPENED_MS + 62_000,
      untilMs: Date.parse('2026-11-22T13:51:02Z'),
      seconds: 7_200,
      budget: 'busySnoozes',
      isReal: true,
      fingerprints: ['0123456789abcdef'],
      headline: 'Snoozed 2 h',
    },
    lastSnoozeEndMs: null,
    takenOver: null,
    wakeWhy: null,
    slack: null,
    nextLookMs: Date.parse('2026-11-22T13:46:02Z'),
    timeline: [{ at: '2026-11-22T11:50:01.000Z', what: 'case opened', actor: 'responder', link: null }],
    ...change,
  }
}
