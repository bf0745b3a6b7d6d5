import { describe, expect, test } from '@jest/globals'
import { createMetrics, type GaugeSources } from '../../src/telemetry/metrics.ts'

const NOW_MS = 1_000_000

function sources(change: Partial<GaugeSources> = {}): GaugeSources {
  return {
    books: async () => ({ accepted: 10, done: 6, pending: 3, quarantined: 1, oldestPendingMs: NOW_MS - 90_000 }),
    casesByState: async () => ({ gathering: 1, waiting: 0, snoozed: 2, 'handed-over': 0, resolved: 5 }),
    mode: async () => ({ mode: 'approve', paused: true }),
    nextDueMs: async () => NOW_MS - 4_000,
    policy: () => ({ hash: 'ab12', faults: ['policy x: is wrong'], needsRestart: [] }),
    heartbeatMs: async () => NOW_MS - 61_000,
    slackChannels: () => [
      { name: '#armada-deploy-failure', watermarkMs: NOW_MS - 30_000 },
      { name: '#armada-deploy-alerts', watermarkMs: null },
    ],
    now: () => NOW_MS,
    ...change,
  }
}

describe('the metrics', () => {
  test('read their gauges at the scrape', async () => {
    const metrics = createMetrics()
    metrics.watch(sources())
    const text = await metrics.text()
    for (const line of [
      'kp_responder_alerts_accepted 10',
      'kp_responder_alerts_done 6',
      'kp_responder_alerts_pending 3',
      'kp_responder_alerts_quarantined 1',
      'kp_responder_oldest_pending_seconds 90',
      'kp_responder_policy_info{hash="ab12"} 1',
      'kp_responder_policy_reload_failed 1',
      'kp_responder_policy_restart_needed 0',
      'kp_responder_look_overdue_seconds 4',
      'kp_responder_heartbeat_age_seconds 61',
      'kp_responder_cases{state="snoozed"} 2',
      'kp_responder_cases{state="handed-over"} 0',
      'kp_responder_mode{mode="approve"} 1',
      'kp_responder_mode{mode="live"} 0',
      'kp_responder_paused 1',
      'kp_responder_slack_watermark_age_seconds{channel="#armada-deploy-failure"} 30',
      'kp_responder_slack_watermark_age_seconds{channel="#armada-deploy-alerts"} +Inf',
    ]) {
      expect(text).toContain(`${line}\n`)
    }
    expect(text).toContain('kp_responder_process_resident_memory_bytes')
  })

  test('leave out a gauge that can not be read now, rather than show an old value', async () => {
    const metrics = createMetrics()
    metrics.watch(sources())
    await metrics.text()
    metrics.watch(sources({ books: () => Promise.reject(new Error('store is closed')) }))
    const text = await metrics.text()
    expect(text).not.toMatch(/^kp_responder_alerts_pending /m)
    expect(text).not.toMatch(/^kp_responder_oldest_pending_seconds /m)
    expect(text).toContain('kp_responder_paused 1\n')
    expect(text).toContain('kp_responder_gauge_failures_total 1\n')
  })

  test('count what happens, under words of ours', async () => {
    const metrics = createMetrics()
    metrics.countVerdict('busy-kms', 'busy')
    metrics.countAction('snooze', 'would')
    metrics.countRefusal('snooze', 'storm')
    metrics.countLook('later')
    metrics.countWakeFailure()
    metrics.countDoorRefusal('/api/cases', 'unauthorized')
    const observe = metrics.callObserver('pagerduty')
    observe('list incidents', 'ok', 0.02)
    observe('list incidents', 'rate-limited', 0.3)
    const text = await metrics.text()
    for (const line of [
      'verdicts_total{classification="busy-kms",reason="busy"} 1',
      'actions_total{action="snooze",result="would"} 1',
      'refusals_total{action="snooze",rail="storm"} 1',
      'looks_total{outcome="later"} 1',
      'wake_failures_total 1',
      'door_refusals_total{route="/api/cases",code="unauthorized"} 1',
      'upstream_calls_total{upstream="pagerduty",operation="list incidents",outcome="rate-limited"} 1',
      'upstream_call_duration_seconds_count{upstream="pagerduty",operation="list incidents"} 2',
    ]) {
      expect(text).toContain(`kp_responder_${line}\n`)
    }
  })

  test('of two services in one process do not mix', async () => {
    const [one, other] = [createMetrics(), createMetrics()]
    one.countWakeFailure()
    expect(await other.text()).toContain('kp_responder_wake_failures_total 0\n')
  })
})
