import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, expect, jest, test } from '@jest/globals'
import { fingerprintOf } from '../../src/evidence/alert-fingerprint.ts'
import { dedupKeyOf } from '../../src/model/identity.ts'
import { type IngressScene, setIngressScene } from '../handlers/pagerduty/scene.ts'
import { ACCOUNT_ID, CLUSTER_ID, labelsOf } from '../support/builders.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type OtlpReceiver, type SeenSpan, startOtlpReceiver } from './otlp-receiver.ts'

jest.setTimeout(90_000)

const SRC = resolve(import.meta.dirname, '../../src')
const GROUP_KEY = '{}:{alertname="ArmadaKPEventsProcessingErrors"}'

let receiver: OtlpReceiver | null = null
let scene: IngressScene | null = null

afterEach(async () => {
  await scene?.stop()
  await receiver?.close()
  scene = null
  receiver = null
})

async function start(url: string): Promise<IngressScene> {
  scene = await setIngressScene({
    hasWebhooks: false,
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20c0llector-t0ken',
    },
  })
  return scene
}

async function snooze(running: IngressScene): Promise<void> {
  const labels = labelsOf(CLUSTER_ID)
  const startsAt = new Date(Date.now() - 60_000).toISOString()
  const alert = {
    status: 'firing',
    labels,
    annotations: {},
    startsAt,
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: '',
    fingerprint: fingerprintOf(labels),
  }
  running.sayBusy(CLUSTER_ID)
  running.sandbox.pagerduty.trigger({ dedupKey: dedupKeyOf(GROUP_KEY), details: { firing: [alert], num_firing: 1 } })
  const sent = await running.postAlertmanager({ version: '4', groupKey: GROUP_KEY, alerts: [alert] })
  expect(sent).toBe(202)
  await running.awaitCase('the snooze', ({ state }) => state === 'snoozed')
}

const told = ({ name, attributes }: SeenSpan) =>
  [name, ...attributes.map(({ key, value }) => `${key}=${value.stringValue ?? ''}`)].join(' ')

test('a look is one trace: received, gathered by source, classified, planned, and each effect', async () => {
  receiver = await startOtlpReceiver()
  const { spans, raw, authorizations } = receiver
  await snooze(await start(receiver.url))
  const whole = await waitUntil('the trace of the snooze', () => {
    const snoozed = spans().find((span) => told(span).startsWith('effect effect.action=snooze'))
    const trace = spans().filter(({ traceId }) => traceId === snoozed?.traceId)
    return trace.some(({ name }) => name === 'look') && trace.some((one) => told(one).includes('=slack')) && trace
  })
  const look = whole.find(({ name }) => name === 'look')
  expect(look?.parentSpanId ?? '').toBe('')
  expect(told(look ?? whole[0] ?? ({} as SeenSpan))).toMatch(/case.id=c-[0-9a-f]{12}-1 case.state=snoozed/)
  expect(whole.filter(({ name }) => name !== 'look').every(({ parentSpanId }) => parentSpanId === look?.spanId)).toBe(
    true,
  )
  const steps = whole.map(told)
  for (const step of [
    'gather evidence.source=kp-events-alerts evidence.outcome=found',
    'gather evidence.source=deploy-failure evidence.outcome=absent',
    'classify verdict.classification=busy-kms verdict.reason=busy',
    expect.stringMatching(/^plan plan.actions=acknowledge,snooze,note/),
    'effect effect.action=acknowledge effect.result=updated',
    'effect effect.action=snooze effect.result=updated',
    'effect effect.action=note effect.result=created',
    expect.stringMatching(/^effect effect.action=slack/),
  ])
    expect(steps).toContainEqual(step)
  // The look that took the webhook in may have found no incident yet.
  expect(spans().map(told)).toContainEqual(expect.stringMatching(/^receive deliveries=/))
  // No customer's value, no text from outside, no secret: neither as an attribute nor as a name.
  for (const word of [CLUSTER_ID, ACCOUNT_ID, 'another KMS action', 'carrier', 'xoxb', 'token', 'Armada'])
    expect(raw()).not.toContain(word)
  expect(new Set(authorizations())).toEqual(new Set(['Bearer c0llector-t0ken']))
})

test('a collector that is away holds nothing up, and is counted', async () => {
  receiver = await startOtlpReceiver()
  const { url } = receiver
  await receiver.close()
  receiver = null
  const running = await start(url)
  await snooze(running)
  await waitUntil('the failed export', async () =>
    (await (await fetch(`${running.url}/metrics`)).text()).includes(
      'kp_responder_upstream_calls_total{upstream="traces",operation="export",outcome="unknown"}',
    ),
  )
})

test('OpenTelemetry is loaded by one file, which is loaded only where an endpoint is named', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const holding = (text: RegExp) => files.filter((name) => text.test(readFileSync(join(SRC, name), 'utf8')))
  expect(holding(/'@opentelemetry\//)).toEqual(['telemetry/otel.ts'])
  expect(holding(/from '[^']*\/otel.ts'/)).toEqual([])
  expect(holding(/import\('\.\/otel.ts'\)/)).toEqual(['telemetry/open-tracing.ts'])
})
