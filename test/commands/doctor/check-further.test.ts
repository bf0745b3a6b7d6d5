import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { checkLogs, checkPrometheus } from '../../../src/commands/doctor/check-further.ts'
import type { Finding } from '../../../src/commands/doctor/finding.ts'
import { readConfig } from '../../../src/config/config.ts'
import { CRN } from '../../support/builders.ts'

jest.setTimeout(150_000)

let sandbox: Sandbox
let environment: Record<string, string>

beforeEach(async () => {
  sandbox = await startSandbox()
  sandbox.iam.addApiKey('api-key')
  environment = {
    ALERTMANAGER_WEBHOOK_TOKENS: 'webhook-token',
    OPERATOR_TOKENS: 'ann:operator-token',
    PROMETHEUS_URL: `${sandbox.url}/prometheus/carrier105/prometheus`,
    LOGS_KIND: 'logdna',
    LOGS_API_URL: `${sandbox.url}/logs`,
    LOGS_KEY: sandbox.logs.serviceKey,
    IAM_URL: `${sandbox.url}/iam`,
  }
})

afterEach(() => sandbox.close())

async function look(): Promise<string[]> {
  const config = readConfig(environment)
  const findings: Finding[] = []
  for (const check of [checkPrometheus(config, { now: Date.now }), checkLogs(config, { now: Date.now })])
    for await (const finding of check) findings.push(finding)
  return findings.map(({ state, check, says }) => `${state} ${check}: ${says}`)
}

const IBM = { LOGS_KIND: 'ibm-cloud-logs', LOGS_KEY: 'api-key' }

test.each([
  ['logdna', {}],
  ['ibm-cloud-logs', IBM],
])('Prometheus and %s that know the service are well', async (kind, change) => {
  Object.assign(environment, change)
  sandbox.prometheus.addFailures(CRN)
  sandbox.logs.write({ app: 'armada-kp-events', text: 'event handled' })
  expect(await look()).toEqual([
    'ok prometheus: answers, 1 clusters fail now',
    `ok logs: ${kind} answers, with lines of armada-kp-events`,
  ])
})

test.each([
  [
    'that know nothing of the service',
    () => undefined,
    ['warn prometheus: answers, and knows no armada_kp_events_status', 'warn logs: logdna answers, without any line'],
  ],
  [
    'that refuse us',
    () => {
      sandbox.logs.serviceKey = 'another'
      sandbox.faults.add({ upstream: 'prometheus', fault: { kind: 'status', status: 403 } })
    },
    ['fail prometheus: Prometheus query: answered 403', 'fail logs: LogDNA export: answered 401'],
  ],
  [
    'behind a sign-in page',
    () => {
      sandbox.faults.add({ upstream: 'prometheus', fault: { kind: 'html' } })
      sandbox.faults.add({ upstream: 'logs', fault: { kind: 'html' } })
    },
    ['fail prometheus: Prometheus query: no readable answer', 'fail logs: LogDNA export: no readable answer'],
  ],
  [
    'that are not configured',
    () => {
      for (const name of Object.keys(environment)) if (/^(?:PROMETHEUS|LOGS)_/.test(name)) delete environment[name]
    },
    ['off prometheus: PROMETHEUS_URL is not set', 'off logs: LOGS_KIND is not set'],
  ],
])('those %s are told', async (_, spoil, says) => {
  spoil()
  const found = await look()
  expect(found.map((line, at) => line.slice(0, says[at]?.length))).toEqual(says)
})
