import { WORKSPACE } from '../../sandbox/slack/slack.ts'
import { kpEventsAlertLabels, syntheticClusterId, syntheticCrn } from '../real/kp-events-alert.ts'

/** Payloads that are as their senders make them; a fuzz begins with one of them. */

const now = () => new Date().toISOString()

function alert(index: number, change: Record<string, unknown> = {}) {
  return {
    status: 'firing',
    labels: kpEventsAlertLabels(syntheticCrn(index)),
    annotations: { summary: 'KP events fail', description: `CRN ${syntheticCrn(index)} is failing` },
    startsAt: now(),
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus:9090/graph?g0.expr=x',
    fingerprint: index.toString(16).padStart(16, '0'),
    ...change,
  }
}

function webhook(group: number, alerts: unknown[], change: Record<string, unknown> = {}) {
  return {
    version: '4',
    groupKey: `{}:{alertname="ArmadaKPEventsProcessingErrors", n="${group}"}`,
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'kp-events',
    groupLabels: { alertname: 'ArmadaKPEventsProcessingErrors' },
    commonLabels: { alertname: 'ArmadaKPEventsProcessingErrors', severity: 'warning' },
    commonAnnotations: {},
    externalURL: 'http://alertmanager:9093',
    alerts,
    ...change,
  }
}

export const ALERTMANAGER: readonly (() => unknown)[] = [
  () => webhook(1, [alert(1)]),
  () => webhook(2, [alert(2), alert(3)]),
  () => webhook(3, [alert(4, { status: 'resolved', endsAt: now() })], { status: 'resolved' }),
  () => webhook(4, [alert(5)], { truncatedAlerts: 3 }),
  () => webhook(5, [alert(6)], { version: '5' }),
]

function event(type: string, data: Record<string, unknown>) {
  return {
    event: {
      id: `01${Math.random().toString(36).slice(2)}`,
      event_type: type,
      resource_type: 'incident',
      occurred_at: now(),
      agent: { id: 'PADA001', type: 'user_reference', summary: 'Ada' },
      client: null,
      data,
    },
  }
}

const INCIDENT = { id: 'Q1FUZZ', type: 'incident', number: 1, status: 'triggered', title: 'KP', urgency: 'high' }

export const PAGERDUTY: readonly (() => unknown)[] = [
  () => event('incident.triggered', INCIDENT),
  () => event('incident.resolved', { ...INCIDENT, status: 'resolved' }),
  () => event('incident.annotated', { id: 'N1', type: 'incident_note', content: 'note', incident: { id: 'Q1FUZZ' } }),
  () => event('incident.responder.added', { type: 'incident_responder', incident: { id: 'Q1FUZZ' }, state: 'pending' }),
  () => event('incident.priority_updated', { ...INCIDENT, priority: { id: 'P1', summary: 'P1' } }),
  () => event('pagey.ping', { message: 'Hello', type: 'ping' }),
]

const CHANNEL = 'C018KJ6NW4A'
const callback = (inner: Record<string, unknown>) => ({
  token: 't',
  team_id: WORKSPACE.teamId,
  api_app_id: WORKSPACE.appId,
  type: 'event_callback',
  event_id: 'Ev1',
  event_time: Math.floor(Date.now() / 1_000),
  authorizations: [{ team_id: WORKSPACE.teamId, user_id: 'U0RESPONDER', is_bot: true }],
  event: inner,
})
const message = (change: Record<string, unknown> = {}) => ({
  type: 'message',
  channel: CHANNEL,
  channel_type: 'channel',
  ts: `${(Date.now() / 1_000).toFixed(6)}`,
  text: `Error: the cluster ${syntheticClusterId(1)} is busy with another KMS action`,
  bot_id: 'B0KPEVENTS',
  subtype: 'bot_message',
  attachments: [{ fallback: 'x', text: `cluster ${syntheticClusterId(2)}`, fields: [{ title: 'a', value: 'b' }] }],
  blocks: [{ type: 'section', text: { type: 'mrkdwn', text: `*${syntheticClusterId(3)}*` } }],
  ...change,
})

export const SLACK_EVENTS: readonly (() => unknown)[] = [
  () => callback(message()),
  () =>
    callback({
      type: 'message',
      subtype: 'message_changed',
      channel: CHANNEL,
      ts: '1800000000.000002',
      message: message({ edited: { user: 'U1', ts: '1800000000.000001' } }),
      previous_message: message(),
    }),
  () => callback({ type: 'message', subtype: 'message_deleted', channel: CHANNEL, ts: '1.1', deleted_ts: '1.0' }),
  () => callback({ type: 'member_left_channel', channel: CHANNEL, user: 'U0RESPONDER' }),
  () => ({ type: 'url_verification', challenge: 'abc123' }),
]

const person = { user: { id: 'U0ADA', username: 'ada', name: 'ada', team_id: WORKSPACE.teamId } }
const team = { team: { id: WORKSPACE.teamId, domain: 'kp' }, api_app_id: WORKSPACE.appId, enterprise: null }
const value = JSON.stringify({ case: 'case-1', plan: '0'.repeat(64) })

let channels = 0
/** Slack's pace is kept channel by channel: an answer in one of its own waits for no other. */
function nextChannel(): string {
  channels += 1
  return `C${channels}`
}

export const SLACK_INTERACTIONS: readonly (() => unknown)[] = [
  ...['kp_wake', 'kp_approve', 'kp_snooze', 'kp_wrong-verdict', 'kp_hand-over', 'kp_open-issue'].map(
    (action_id) => () => ({
      type: 'block_actions',
      ...person,
      ...team,
      container: { type: 'message', message_ts: '1.0', channel_id: CHANNEL },
      trigger_id: '1.2.3',
      // Not Slack's: it is refused at once, and no answer waits for Slack's pace.
      response_url: 'http://127.0.0.1:9/actions/x',
      channel: { id: CHANNEL, name: 'armada-deploy' },
      message: message(),
      state: { values: {} },
      actions: [{ type: 'button', action_id, block_id: 'b', value, action_ts: '1.0' }],
    }),
  ),
  () => ({
    type: 'view_submission',
    ...person,
    ...team,
    view: {
      id: 'V1',
      type: 'modal',
      callback_id: 'kp_wrong_verdict',
      private_metadata: JSON.stringify({ case: 'case-1', channel: nextChannel() }),
      state: {
        values: { right: { right: { selected_option: { value: 'busy' } } }, words: { words: { value: 'words' } } },
      },
    },
  }),
]

export const SLACK_COMMANDS: readonly (() => Record<string, string>)[] = [
  'status',
  'cases',
  `explain ${syntheticClusterId(1)}`,
  'pause because',
  'resume',
].map((text) => () => ({
  token: 't',
  team_id: WORKSPACE.teamId,
  channel_id: CHANNEL,
  user_id: 'U0ADA',
  user_name: 'ada',
  command: '/kp-events',
  text,
  api_app_id: WORKSPACE.appId,
}))

/** Requests of operators, by their path. */
export const OPERATORS: readonly { method: 'POST' | 'PUT'; url: string; payload: () => unknown }[] = [
  { method: 'PUT', url: '/api/mode', payload: () => ({ mode: 'shadow', paused: false }) },
  { method: 'POST', url: '/api/cases/case-1/wake', payload: () => ({ reason: 'look' }) },
  { method: 'POST', url: '/api/cases/case-1/snooze', payload: () => ({ reason: 'known', duration: '30m' }) },
  { method: 'POST', url: '/api/cases/case-1/recheck', payload: () => ({}) },
  { method: 'POST', url: '/api/explain', payload: () => webhook(9, [alert(9)]) },
]
