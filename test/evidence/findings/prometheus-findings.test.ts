import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { createPrometheusClient } from '../../../src/clients/prometheus.ts'
import type { FindingReader } from '../../../src/evidence/findings/finding-source.ts'
import { createPrometheusFindings } from '../../../src/evidence/findings/prometheus-findings.ts'
import type { Finding } from '../../../src/model/finding.ts'
import { ACCOUNT_ID, anAlert, CLUSTER_ID, CRN, crnOf, labelsOf, OTHER_CLUSTER_ID } from '../../support/builders.ts'
import { aQuestion } from './a-question.ts'

const THIRD_CLUSTER_ID = 'd9e1qv2f0m3ab4cd5ef0'
const UNIDENTIFIED = anAlert({ labels: { alertname: 'A', crn_region: 'eu-de' } })

let sandbox: Sandbox
let reader: FindingReader
let nowMs: number

beforeEach(async () => {
  sandbox = await startSandbox()
  nowMs = sandbox.clock.now().getTime()
  const url = `${sandbox.url}/prometheus/prod-fra02/carrier105/prometheus`
  reader = createPrometheusFindings({ client: createPrometheusClient({ url, now: () => nowMs }), now: () => nowMs })
})

afterEach(async () => {
  await sandbox.close()
})

async function ask(change: Parameters<typeof aQuestion>[1] = {}, alert = anAlert()): Promise<Finding> {
  const [finding] = await reader.ask(aQuestion(alert, { nowMs, ...change }))
  if (!finding) throw new Error('nothing was found')
  return finding
}

describe('what Prometheus says of a cluster', () => {
  test('that fails now: how often, and how many others do', async () => {
    sandbox.prometheus.addFailures(CRN, 2.25)
    sandbox.prometheus.addFailures(crnOf(OTHER_CLUSTER_ID), 4)
    sandbox.prometheus.addFailures(crnOf(THIRD_CLUSTER_ID, 'eu-de'), 1)
    expect(await ask()).toMatchObject({
      outcome: 'found',
      summary: 'this cluster fails now (2.3 failures in 5 min), 2 other clusters do',
      link: expect.stringContaining('/prometheus/prod-fra02/carrier105/prometheus/graph?g0.expr=sum+by'),
      details: {
        kind: 'failing-clusters',
        clusters: [
          { clusterId: OTHER_CLUSTER_ID, accountId: ACCOUNT_ID, region: 'us-south', failures: 4 },
          { clusterId: CLUSTER_ID, accountId: ACCOUNT_ID, region: 'us-south', failures: 2.25 },
          { clusterId: THIRD_CLUSTER_ID, accountId: ACCOUNT_ID, region: 'eu-de', failures: 1 },
        ],
      },
    })
  })

  test('that still fails when its snooze ends', async () => {
    sandbox.prometheus.addFailures(CRN)
    const { summary } = await ask({ snoozeEndMs: nowMs + 60_000 })
    expect(summary).toBe(
      'this cluster still fails at the end of its snooze (1 failure in 5 min), no other cluster does',
    )
  })

  test.each([
    [null, 'now'],
    [0, 'at the end of its snooze'],
  ])('that it does not list is no proof of recovery', async (snoozeEndMs, when) => {
    sandbox.prometheus.addFailures(crnOf(OTHER_CLUSTER_ID))
    expect(await ask({ snoozeEndMs })).toMatchObject({
      outcome: 'weak',
      summary: `does not list this cluster as failing ${when}, which is no proof that it recovered; 1 other cluster does`,
    })
  })

  test('as a series over time, with a gap where nothing was told', async () => {
    sandbox.prometheus.addFailures(CRN, 3, 3_600_000)
    // Not of this moment: the sandbox's clock is a little later than the one that the question is asked by.
    sandbox.prometheus.addFailures(CRN, 1, 60_000)
    const { details } = await ask()
    const values = (details?.kind === 'failing-clusters' && details.series?.values) || []
    expect(values).toHaveLength(61)
    expect([values[0], Math.max(...values.map((value) => value ?? 0)), values.at(-1)]).toEqual([null, 3, 1])
  })

  test('is told without the series where Prometheus does not give it', async () => {
    sandbox.prometheus.addFailures(CRN)
    const path = '/prod-fra02/carrier105/prometheus/api/v1/query_range'
    sandbox.faults.add({ upstream: 'prometheus', path, fault: { kind: 'status', status: 500 } })
    expect(await ask()).toMatchObject({ outcome: 'found', details: { series: null } })
  })
})

describe('where the cluster is not known', () => {
  test('all that fail now are listed, those of the alert’s region first', async () => {
    sandbox.prometheus.addFailures(crnOf(OTHER_CLUSTER_ID), 4)
    sandbox.prometheus.addFailures(crnOf(THIRD_CLUSTER_ID, 'eu-de'), 1)
    sandbox.prometheus.addFailures('crn:v1:somebody-else', 9)
    expect(await ask({}, UNIDENTIFIED)).toMatchObject({
      outcome: 'found',
      summary: '2 clusters fail now; this alert may be about one of them',
      lines: [
        `${THIRD_CLUSTER_ID}, account ${ACCOUNT_ID}, eu-de: 1 failure in 5 min`,
        `${OTHER_CLUSTER_ID}, account ${ACCOUNT_ID}, us-south: 4 failures in 5 min`,
        "1 more fail whose CRN can't be read",
      ],
    })
  })

  test('an empty answer is weak', async () => {
    sandbox.prometheus.say(CRN, 'NaN')
    expect(await ask({}, UNIDENTIFIED)).toMatchObject({ outcome: 'weak', lines: [] })
  })
})

describe('the answer of Prometheus', () => {
  test('serves every case of the next two seconds', async () => {
    sandbox.prometheus.addFailures(CRN)
    await Promise.all([ask(), ask({}, UNIDENTIFIED)])
    nowMs += 1_999
    await ask({}, UNIDENTIFIED)
    expect(sandbox.requests.of('prometheus').filter(({ path }) => path.endsWith('/query'))).toHaveLength(1)
    nowMs += 1
    await ask({}, UNIDENTIFIED)
    expect(sandbox.requests.of('prometheus').filter(({ path }) => path.endsWith('/query'))).toHaveLength(2)
  })

  test('that failed is asked for again', async () => {
    sandbox.faults.add({ upstream: 'prometheus', times: 1, fault: { kind: 'html' } })
    await expect(ask({}, UNIDENTIFIED)).rejects.toMatchObject({ code: 'unknown' })
    expect(await ask({}, UNIDENTIFIED)).toMatchObject({ outcome: 'weak' })
  })

  test('says where it may not be whole', async () => {
    sandbox.prometheus.addFailures(CRN)
    sandbox.prometheus.warnings = ['results may be incomplete']
    expect(await ask()).toMatchObject({
      lines: ['Prometheus warns that its answer may be incomplete'],
      quotes: ['results may be incomplete'],
    })
  })

  test('is never sought at the address that an alert names', async () => {
    await ask({}, { ...anAlert(), labels: labelsOf(CLUSTER_ID), generatorUrl: `${sandbox.url}/elsewhere/graph` })
    expect(sandbox.requests.entries().every(({ path }) => path.startsWith('/prod-fra02/'))).toBe(true)
  })
})
