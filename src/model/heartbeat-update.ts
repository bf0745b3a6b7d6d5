import type { GroupUpdate } from './alert.ts'

/** The group of all synthetic cases. Alertmanager's own keys begin with a brace. */
export const HEARTBEAT_GROUP_KEY = 'kp-responder:heartbeat'
/** The cluster of a synthetic case: no region of that name exists, and no account or cluster has such an id. */
export const HEARTBEAT_CRN =
  'crn:v1:bluemix:public:containers-kubernetes:xx-heartbeat:a/00000000000000000000000000000000:00000000000000000000::'

/** What is stored when a synthetic case is asked for. It names no cluster: nothing may count one that does not exist. */
export function heartbeatUpdate(alertname: string, nowMs: number): GroupUpdate {
  return {
    groupKey: HEARTBEAT_GROUP_KEY,
    receiver: '',
    groupLabels: { alertname },
    commonLabels: {},
    externalUrl: '',
    truncatedAlerts: 0,
    alerts: [
      {
        fingerprint: 'heartbeat',
        status: 'firing',
        labels: { alertname },
        annotations: {},
        startsAtMs: nowMs,
        endsAtMs: null,
        generatorUrl: '',
      },
    ],
  }
}
