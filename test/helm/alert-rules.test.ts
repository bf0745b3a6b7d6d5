import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { CHART, ensureHelm, runTool } from '../../scripts/helm-tools.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { only, render } from './chart.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const OPERATIONS = readFileSync(join(CHART, '../docs/operations.md'), 'utf8')
const FETCH_LIMIT_MS = 180_000

const rule = z.object({
  alert: z.string(),
  expr: z.string(),
  labels: z.looseObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.object({ summary: z.string(), description: z.string(), runbook: z.string() }),
})
const rulesFile = z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(rule) })) })
const unitTests = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()).optional() })),
    }),
  ),
})
const prometheusRule = z.looseObject({ spec: rulesFile })
const dashboardFile = z.object({
  uid: z.string(),
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) })),
})

const rulesYaml = readFileSync(join(CHART, 'files/alert-rules.yaml'), 'utf8')
const rules = rulesFile.parse(parse(rulesYaml)).groups.flatMap((group) => group.rules)
const dashboard = dashboardFile.parse(JSON.parse(readFileSync(join(CHART, 'files/dashboard.json'), 'utf8')))
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kp-rules-'))
  await ensureHelm()
}, FETCH_LIMIT_MS)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The names that a scrape may hold, and Prometheus' own `up`. */
async function metricNames(): Promise<Set<string>> {
  const text = await createMetrics().text()
  const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  )
  return new Set([...names, 'up'])
}

const namesIn = (expr: string) => expr.match(/\b(?:kp_responder_\w+|up(?=\{))/g) ?? []

describe('the alert rules', () => {
  test('are taken by promtool', async () => {
    const { code, stdout, stderr } = await runTool('promtool', [
      'check',
      'rules',
      join(CHART, 'files/alert-rules.yaml'),
    ])
    expect({ code, stdout, stderr }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${rules.length} rules found`),
    })
  })

  test('fire for what they are about, and not for what looks like it', async () => {
    const { code, stdout, stderr } = await runTool('promtool', ['test', 'rules', 'alert-rules.test.yaml'], HERE)
    expect({ code, said: `${stdout}${stderr}` }).toMatchObject({ code: 0, said: expect.stringContaining('SUCCESS') })
  })

  test('were each seen to fire and to keep quiet', () => {
    const { tests } = unitTests.parse(parse(readFileSync(join(HERE, 'alert-rules.test.yaml'), 'utf8')))
    const expected = tests.flatMap((one) => one.alert_rule_test)
    const namesWhere = (fires: boolean) =>
      new Set(
        expected.filter(({ exp_alerts }) => (exp_alerts !== undefined) === fires).map(({ alertname }) => alertname),
      )
    const names = new Set(rules.map(({ alert }) => alert))
    expect({ fired: namesWhere(true), quiet: namesWhere(false) }).toEqual({ fired: names, quiet: names })
  })

  test.each(rules)('$alert asks for metrics that exist', async ({ expr }) => {
    const known = await metricNames()
    expect(namesIn(expr)).not.toEqual([])
    expect(namesIn(expr).filter((name) => !known.has(name))).toEqual([])
  })

  test.each(rules)('$alert selects this service alone', ({ expr }) => {
    expect(expr.match(/\{[^}]*\}/g)?.filter((selector) => !selector.includes('job="kp-events-responder"'))).toEqual([])
  })

  test.each(rules)('$alert has an answer in docs/operations.md', ({ annotations: { runbook } }) => {
    const heading = new RegExp(`^### ${runbook.replace('docs/operations.md#', '')}$`, 'im').exec(OPERATIONS)
    const answer = OPERATIONS.slice(heading?.index ?? OPERATIONS.length).split(/\n##/)[0] ?? ''
    for (const part of ['**Means.**', '**Look at.**', '**Do.**', '**Tried.**']) expect(answer).toContain(part)
  })

  test('of a release name its namespace, its labels, and all but what was left out', async () => {
    const made = prometheusRule.parse(only(await render('embedded'), 'PrometheusRule'))
    const file = join(folder, 'rendered.yaml')
    writeFileSync(file, stringify(made.spec))
    expect(await runTool('promtool', ['check', 'rules', file])).toMatchObject({ code: 0 })
    const all = made.spec.groups.flatMap((group) => group.rules)
    expect(all.map(({ alert }) => alert)).toEqual(
      rules.map(({ alert }) => alert).filter((alert) => alert !== 'KpResponderMemoryHigh'),
    )
    for (const { expr, labels } of all) {
      expect(expr).toContain('job="kp-events-responder",namespace="on-call"')
      expect(labels).toMatchObject({ squad: 'armada-deploy' })
    }
  })

  test('leave out that it is not live, until that is expected', async () => {
    const { spec } = prometheusRule.parse(only(await render('redis'), 'PrometheusRule'))
    expect(spec.groups.map(({ name }) => name)).toEqual(['kp-events-responder'])
  })
})

describe('the dashboard', () => {
  test.each(dashboard.panels.filter(({ targets }) => targets.length > 0))(
    '"$title" asks Prometheus for metrics that exist',
    async ({ targets }) => {
      const known = await metricNames()
      for (const { expr } of targets) {
        expect(namesIn(expr)).not.toEqual([])
        expect(namesIn(expr).filter((name) => !known.has(name))).toEqual([])
      }
    },
  )

  test('asks in words that Prometheus understands', async () => {
    const fill = (expr: string) =>
      expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', 'j').replaceAll('$namespace', '.*')
    const exprs = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => fill(expr)))
    const file = join(folder, 'dashboard.yaml')
    const asRules = exprs.map((expr, at) => ({ record: `panel:${at}`, expr }))
    writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules: asRules }] }))
    const { code, stderr } = await runTool('promtool', ['check', 'rules', file])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  test('is handed to Grafana as it is', async () => {
    const objects = (await render('embedded')).filter(({ metadata }) => metadata.name.endsWith('-dashboard'))
    const [made] = z.array(z.looseObject({ data: z.record(z.string(), z.string()) })).parse(objects)
    expect(JSON.parse(made?.data['kp-events-responder.json'] ?? '')).toMatchObject({ uid: dashboard.uid })
  })
})
