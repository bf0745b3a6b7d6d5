import { describe, expect, test } from '@jest/globals'
import { DEFAULT_POLICY, parsePolicy } from '../../src/config/policy.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

function faultsOf(yamlText: string): string[] {
  const result = parsePolicy(yamlText)
  return 'faults' in result ? result.faults : []
}

describe("the runbook's own policy", () => {
  test('is what a file without a word in it gives', () => {
    const { patterns, ...given } = policyOf('')
    const { patterns: known, ...own } = DEFAULT_POLICY
    expect(given).toEqual(own)
    expect(Object.keys(patterns)).toEqual(Object.keys(known))
  })

  test('has the values that the product promises', () => {
    const { patterns, links, windows, ...rest } = DEFAULT_POLICY
    expect(rest).toEqual({
      channels: {
        kpEventsAlerts: { id: 'C018KJ6NW4A', authors: [], maxSilence: 0 },
        deployFailure: { id: 'C9XGSR292', authors: [], maxSilence: 7 * DAY_MS },
        deployAlerts: { id: 'C54FY4EKG', authors: [], maxSilence: 0 },
        notify: { id: '', name: '#armada-deploy' },
      },
      alertnames: ['ArmadaKPEventsProcessingErrors'],
      snooze: { busy: 2 * HOUR_MS, orphanedRegistration: 12 * HOUR_MS, judgeBeforeEnd: 5 * MINUTE_MS },
      budgets: {
        busySnoozes: { count: 2, spanMs: DAY_MS },
        migrationSnoozes: { count: 1, spanMs: DAY_MS },
        orphanSnoozes: { count: 2, spanMs: 7 * DAY_MS },
        silence: { amountMs: 26 * HOUR_MS, spanMs: 48 * HOUR_MS },
        cases: { count: 4, spanMs: DAY_MS },
        snoozesPerHour: 20,
        issuesPerHour: 30,
      },
      migrations: [
        {
          name: 'BNPP to HPCS',
          region: 'eu-fr2',
          from: '2024-09-01',
          until: '2024-10-31',
          accounts: [],
          workerAccount: 'bab556e1c47446ef8da61e399343a3e7',
        },
      ],
      etcd: { clusterKeys: ['/clusters/{clusterId}'], sentinelKey: '/clusters/.sentinel', regions: {} },
      storm: { clusters: 20, perRegion: 10, within: 10 * MINUTE_MS, calm: 15 * MINUTE_MS },
      stages: {},
      operators: { slackUsers: [], slackGroups: [] },
      issue: { labels: ['kp-events', 'orphaned-key-registration'] },
      keyProtect: { instances: [] },
      kubernetes: { namespace: 'armada', selector: 'app=armada-kp-events', container: 'armada-kp-events' },
      logs: { app: 'armada-kp-events', tier: 'frequent_search' },
      shadowNotify: false,
      digest: null,
      heartbeat: { trigger: 'watchdog', alertname: 'Watchdog', every: 60_000, within: 60_000 },
    })
    expect(windows).toMatchObject({
      errorText: 15 * MINUTE_MS,
      masterOperation: 30 * DAY_MS,
      deletion: 400 * DAY_MS,
      waitForErrorText: 5 * MINUTE_MS,
      evidenceRetry: 5 * MINUTE_MS,
      incidentLookup: 15 * MINUTE_MS,
      merge: 10 * MINUTE_MS,
      sweep: 2 * MINUTE_MS,
    })
    expect(Object.keys(links).sort()).toEqual([
      'escalation',
      'logSearch',
      'masterOperations',
      'runbook',
      'squad',
      'webhookIssue',
      'webhooks',
    ])
    expect(patterns.busy.isIn('error completing request, the cluster is busy with another KMS action')).toBe(true)
  })
})

describe('a policy file', () => {
  test('keeps the value of the runbook for whatever it leaves out', () => {
    const policy = policyOf('snooze: {busy: 1h}\nchannels:\n  kpEventsAlerts: {authors: [B0123456789]}')
    expect(policy.snooze).toEqual({ ...DEFAULT_POLICY.snooze, busy: HOUR_MS })
    expect(policy.channels.kpEventsAlerts).toMatchObject({ id: 'C018KJ6NW4A', authors: ['B0123456789'] })
  })

  test('may switch a silence off and name a day with or without quotes', () => {
    const migration = (day: string) =>
      `migrations: [{name: x, region: eu-de, from: ${day}, until: "2025-01-31", workerAccount: ${'a'.repeat(32)}}]`
    expect(policyOf('channels: {deployFailure: {maxSilence: 0}}').channels.deployFailure.maxSilence).toBe(0)
    expect(policyOf(migration('2025-01-01')).migrations).toMatchObject([{ from: '2025-01-01' }])
    expect(policyOf(migration('"2025-01-01"')).migrations).toMatchObject([{ from: '2025-01-01' }])
  })

  test.each([
    ['off', null],
    ['{}', { weekday: 'monday', at: '09:00', timezone: 'UTC' }],
    [
      '{weekday: friday, at: 17:30, timezone: Europe/Berlin}',
      { weekday: 'friday', at: '17:30', timezone: 'Europe/Berlin' },
    ],
  ])('may ask for a weekly digest: %s', (given, schedule) => {
    expect(policyOf(`digest: ${given}`).digest).toEqual(schedule)
  })

  test.each([
    ['an unknown key', 'snoze: {}', /snoze/],
    ['a digest on no day', 'digest: {weekday: someday}', /policy digest\.weekday/],
    ['a digest at no time', 'digest: {at: "9"}', /policy digest\.at: must be a time of day/],
    ['a digest in no time zone', 'digest: {timezone: Mars/Olympus}', /policy digest\.timezone: must be a time zone/],
    ['a digest that is a word', 'digest: weekly', /policy digest: .*or write off/],
    ['an unknown key inside', 'snooze: {buzy: 2h}', /policy snooze: .*buzy/],
    ['a duration without a unit', 'snooze: {busy: "2"}', /policy snooze\.busy: "2" is no duration/],
    ['a duration that is a number', 'snooze: {busy: 7200}', /policy snooze\.busy/],
    ['a snooze of nothing', 'snooze: {busy: 0s}', /policy snooze\.busy: must be 1s to 7d/],
    [
      'a snooze that PagerDuty can not make',
      'snooze: {orphanedRegistration: 8d}',
      /orphanedRegistration: must be 1s to 7d/,
    ],
    ['a negative duration', 'windows: {merge: -5m}', /policy windows\.merge/],
    ['a budget without a span', 'budgets: {busySnoozes: "2"}', /policy budgets\.busySnoozes: "2" is no budget/],
    ['a budget over no time', 'budgets: {busySnoozes: 2/0h}', /is no budget/],
    ['a budget of no number', 'budgets: {cases: x/24h}', /is no budget/],
    ['a time budget with a count', 'budgets: {silence: 26/48h}', /policy budgets\.silence: "26\/48h" is no budget/],
    ['a negative hourly budget', 'budgets: {snoozesPerHour: -1}', /policy budgets\.snoozesPerHour/],
    ['a pattern with look-around', 'patterns: {busy: "a(?=b)"}', /policy patterns\.busy: is no linear-time/],
    ['a pattern with a back-reference', 'patterns: {busy: "(a)\\\\1"}', /policy patterns\.busy: is no linear-time/],
    ['a pattern that does not end', 'patterns: {busy: "("}', /policy patterns\.busy/],
    [
      'a channel by name',
      'channels: {deployFailure: {id: "#armada"}}',
      /policy channels\.deployFailure\.id: must be a Slack channel id/,
    ],
    ['an author by name', 'channels: {deployFailure: {authors: [bot]}}', /must be a Slack bot or app id/],
    ['no alert name', 'alertnames: []', /policy alertnames/],
    ['an etcd key without the cluster', 'etcd: {clusterKeys: [/clusters/x]}', /must contain \{clusterId\}/],
    ['a link that is a script', 'links: {runbook: "javascript:alert(1)"}', /policy links\.runbook/],
    [
      'a day that is none',
      'migrations: [{name: x, region: eu-de, from: 2024-13-01, until: 2024-10-31, workerAccount: x}]',
      /from/,
    ],
    ['a list instead of a map', '- a', /policy \(whole file\)/],
    ['a word', 'hello', /policy \(whole file\)/],
    ['a key given twice', 'snooze: {}\nsnooze: {}', /policy is not YAML/],
    ['a tab', 'snooze:\n\tbusy: 2h', /policy is not YAML/],
  ])('with %s is refused', (_name, yamlText, fault) => {
    const faults = faultsOf(yamlText)
    expect(faults.length).toBeGreaterThan(0)
    expect(faults.join('\n')).toMatch(fault)
  })

  test('with several faults is told all of them at once', () => {
    const faults = faultsOf('snooze: {busy: x, judgeBeforeEnd: y}\nstorm: {clusters: 0}\npatterns: {failed: "("}')
    expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
      'policy patterns.failed',
      'policy snooze.busy',
      'policy snooze.judgeBeforeEnd',
      'policy storm.clusters',
    ])
  })
})

function policyOf(yamlText: string) {
  const result = parsePolicy(yamlText)
  if ('faults' in result) throw new Error(result.faults.join('\n'))
  return result.policy
}
