import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { createPrometheusClient } from '../../src/clients/prometheus.ts'
import { createPrometheusFindings } from '../../src/evidence/findings/prometheus-findings.ts'
import type { Finding } from '../../src/model/finding.ts'
import { aQuestion } from '../evidence/findings/a-question.ts'
import { anAlert } from '../support/builders.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type Exporter, startExporter } from './exporter.ts'
import { kpEventsAlertLabels, syntheticClusterId, syntheticCrn } from './kp-events-alert.ts'
import { type Prometheus, startPrometheus } from './prometheus.ts'

jest.setTimeout(120_000)
const PATIENCE = { timeoutMs: 60_000 }

let exporter: Exporter
let prometheus: Prometheus

beforeAll(async () => {
  exporter = await startExporter()
  prometheus = await startPrometheus({
    alertmanagerUrls: [],
    scrapeTargets: [exporter.target],
    rulesYaml: 'groups: []',
  })
})

afterAll(async () => {
  await prometheus?.stop()
  await exporter?.stop()
})

async function ask(number: number): Promise<Finding> {
  const client = createPrometheusClient({ url: prometheus.url, now: Date.now, timeoutMs: 10_000 })
  const alert = anAlert({ labels: kpEventsAlertLabels(syntheticCrn(number)) })
  const [finding] = await createPrometheusFindings({ client, now: Date.now }).ask(
    aQuestion(alert, { nowMs: Date.now() }),
  )
  if (!finding) throw new Error('nothing was found')
  return finding
}

test('a real Prometheus tells which clusters fail now, how often and since when, and refuses in its own words', async () => {
  expect(await ask(1)).toMatchObject({ outcome: 'weak', details: { clusters: [] } })
  exporter.startFailing(syntheticCrn(1))
  exporter.startFailing(syntheticCrn(2))
  const finding = await waitUntil(
    'both clusters to fail',
    async () => {
      const found = await ask(1)
      const isBoth = found.details?.kind === 'failing-clusters' && found.details.clusters.length === 2
      return isBoth && found.outcome === 'found' && found
    },
    PATIENCE,
  )
  expect(finding.summary).toMatch(/^this cluster fails now \([\d.]+ failures? in 5 min\), 1 other cluster does$/)
  const details = finding.details?.kind === 'failing-clusters' ? finding.details : null
  expect(details?.clusters.map(({ clusterId }) => clusterId).sort()).toEqual([
    syntheticClusterId(1),
    syntheticClusterId(2),
  ])
  // It began after the span did: first nothing is told, at the end a number.
  const values = details?.series?.values ?? []
  expect(values[0]).toBeNull()
  expect(values.at(-1)).toBeGreaterThan(0)

  const client = createPrometheusClient({ url: prometheus.url, now: Date.now, timeoutMs: 10_000 })
  await expect(client.query('sum by (')).rejects.toMatchObject({ code: 'rejected', upstreamCode: 'bad_data' })
})
