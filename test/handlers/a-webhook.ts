import { CRN } from './a-case.ts'

export const GROUP_KEY = '{}/{severity="page"}:{alertname="ArmadaKPEventsProcessingErrors"}'

/** One alert as Alertmanager's webhook has it. */
export function webhookAlert(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    status: 'firing',
    labels: { alertname: 'ArmadaKPEventsProcessingErrors', CRN },
    annotations: { summary: 'KP events fail' },
    startsAt: '2026-11-22T11:50:00.123456789Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus:9090/graph',
    fingerprint: '0123456789abcdef',
    ...change,
  }
}

/** A whole webhook body, version 4. */
export function webhook(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    version: '4',
    groupKey: GROUP_KEY,
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'kp\\.events',
    groupLabels: { alertname: 'ArmadaKPEventsProcessingErrors' },
    commonLabels: { alertname: 'ArmadaKPEventsProcessingErrors' },
    commonAnnotations: {},
    externalURL: 'http://alertmanager:9093',
    notification_reason: 'first notification',
    alerts: [webhookAlert()],
    ...change,
  }
}
