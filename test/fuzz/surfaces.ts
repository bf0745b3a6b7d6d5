import fc from 'fast-check'
import {
  ALERTMANAGER,
  OPERATORS,
  PAGERDUTY,
  SLACK_COMMANDS,
  SLACK_EVENTS,
  SLACK_INTERACTIONS,
} from './good-payloads.ts'
import { anyBytes, mutated, spliced } from './mutations.ts'
import { type Headers, PROOFS } from './target.ts'

export interface FuzzRequest {
  method: 'POST' | 'PUT'
  url: string
  headers: Headers
  body: Buffer
}

/** A way in, requests with a good credential for it whose payload may be anything, and every status that may come of one. */
export interface FuzzSurface {
  name: string
  requests: fc.Arbitrary<FuzzRequest>
  statuses: readonly number[]
}

const JSON_TYPE = 'application/json'
const FORM = 'application/x-www-form-urlencoded'
const toBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value) ?? '')

/** Mostly payloads whose parts were changed; some whose bytes were, and some that never were a payload. */
function payloads(
  good: readonly (() => unknown)[],
  encode: (value: unknown) => Buffer = toBytes,
): fc.Arbitrary<Buffer> {
  const whole = mutated(good).map(encode)
  return fc.oneof(
    { weight: 6, arbitrary: whole },
    { weight: 3, arbitrary: spliced(whole) },
    { weight: 1, arbitrary: anyBytes },
  )
}

function at(url: string, type: string, prove: (body: Buffer) => Headers, bodies: fc.Arbitrary<Buffer>) {
  return bodies.map(
    (body): FuzzRequest => ({ method: 'POST', url, headers: { 'content-type': type, ...prove(body) }, body }),
  )
}

const toForm = (fields: unknown): Buffer =>
  Buffer.from(
    new URLSearchParams(
      Object.entries(Object(fields)).map(([key, value]): [string, string] => [key, String(value)]),
    ).toString(),
  )

export const FUZZ_SURFACES: readonly FuzzSurface[] = [
  {
    name: 'Alertmanager',
    requests: at('/webhooks/alertmanager', JSON_TYPE, PROOFS.alertmanager, payloads(ALERTMANAGER)),
    statuses: [202, 400],
  },
  {
    name: 'PagerDuty',
    requests: at('/webhooks/pagerduty', JSON_TYPE, PROOFS.pagerduty, payloads(PAGERDUTY)),
    statuses: [202],
  },
  {
    name: 'Slack events',
    requests: at('/slack/events', JSON_TYPE, PROOFS.slack, payloads(SLACK_EVENTS)),
    statuses: [200, 400],
  },
  {
    name: 'Slack interactions',
    requests: at(
      '/slack/events',
      FORM,
      PROOFS.slack,
      payloads(SLACK_INTERACTIONS, (value) => toForm({ payload: JSON.stringify(value) })),
    ),
    statuses: [200, 400, 415],
  },
  {
    name: 'Slack command',
    requests: at('/slack/events', FORM, PROOFS.slack, payloads(SLACK_COMMANDS, toForm)),
    statuses: [200, 400, 415],
  },
  {
    name: 'operators',
    requests: fc
      .constantFrom(...OPERATORS)
      .chain(({ method, url, payload }) =>
        at(url, JSON_TYPE, PROOFS.operator, payloads([payload])).map((request) => ({ ...request, method })),
      ),
    statuses: [200, 400, 404, 409, 413],
  },
]
