import { describe, expect, test } from '@jest/globals'
import { fingerprintOf } from '../../src/evidence/alert-fingerprint.ts'
import { readIncidentAlerts } from '../../src/evidence/incident-alerts.ts'
import { toIncidentUpdate } from '../../src/evidence/incident-update.ts'
import { identifyCluster } from '../../src/model/identity.ts'
import { CLUSTER_ID, CRN, labelsOf, NOW_MS, OTHER_CLUSTER_ID } from '../support/builders.ts'

const ALERTNAMES = ['ArmadaKPEventsProcessingErrors']
const CREATED_MS = NOW_MS - 60_000

function textOf(clusterId: string): string {
  const lines = Object.entries(labelsOf(clusterId)).map(([name, value]) => ` - ${name} = ${value}\n`)
  return `Labels:\n${lines.join('')}Annotations:\n - description = it fails: badly\nSource: http://prometheus/graph\n`
}

function objectOf(clusterId: string, change: Record<string, unknown> = {}) {
  return {
    status: 'firing',
    labels: labelsOf(clusterId),
    annotations: { description: 'it fails: badly' },
    startsAt: '2026-11-22T11:50:00.123456789+01:00',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus/graph',
    fingerprint: 'not trusted',
    ...change,
  }
}

/** What yaml.v2 makes of the text: a line that ends in a colon becomes a key, one that holds `: ` is split there. */
const YAML = {
  Labels: [
    'alertname = ArmadaKPEventsProcessingErrors',
    { [`CRN = ${CRN.slice(0, -1)}`]: null },
    'carrier_name = prod-dal10-carrier104',
    'severity = warning',
    'tip_customer_impacting = false',
  ],
  Annotations: [{ 'description = it fails': 'badly' }],
  Source: 'http://prometheus/graph',
}

function read(details: unknown) {
  return readIncidentAlerts(details, { alertnames: ALERTNAMES, createdAtMs: CREATED_MS })
}

describe('the alerts in an incident’s details', () => {
  test.each([
    ['Alertmanager’s text', { firing: textOf(CLUSTER_ID), num_firing: '1' }],
    ['an array of alerts', { firing: [objectOf(CLUSTER_ID)], num_firing: 1 }],
    ['the text as YAML read it', { firing: YAML, num_firing: 1 }],
    ['the array as JSON in a string', { firing: JSON.stringify([objectOf(CLUSTER_ID)]), num_firing: '1' }],
    ['the whole details as JSON in a string', JSON.stringify({ firing: [objectOf(CLUSTER_ID)], num_firing: 1 })],
  ])('are read from %s, with the fingerprint that Alertmanager gives them', (_what, details) => {
    const { alerts, missing } = read(details)
    expect(missing).toBe(0)
    expect(alerts).toHaveLength(1)
    expect(alerts[0]).toMatchObject({
      fingerprint: fingerprintOf(labelsOf(CLUSTER_ID)),
      status: 'firing',
      isFromIncident: true,
      generatorUrl: 'http://prometheus/graph',
    })
    expect({ ...alerts[0]?.labels }).toEqual(labelsOf(CLUSTER_ID))
    expect({ ...alerts[0]?.annotations }).toEqual({ description: 'it fails: badly' })
    expect(alerts[0] && identifyCluster(alerts[0])).toMatchObject({ kind: 'identified', clusterId: CLUSTER_ID })
  })

  test('start when an array says, else when the incident began', () => {
    const array = read({ firing: [objectOf(CLUSTER_ID)], num_firing: 1 }).alerts
    expect(array[0]?.startsAtMs).toBe(Date.parse('2026-11-22T10:50:00.123Z'))
    expect(read({ firing: textOf(CLUSTER_ID), num_firing: 1 }).alerts[0]?.startsAtMs).toBe(CREATED_MS)
  })

  test.each([
    ['of two in a text', { firing: textOf(CLUSTER_ID) + textOf(OTHER_CLUSTER_ID), num_firing: 2 }, 2, 0],
    ['of two where YAML kept the last', { firing: YAML, num_firing: '2' }, 1, 1],
    ['of three of which one is there', { firing: [objectOf(CLUSTER_ID)], num_firing: 3 }, 1, 2],
    ['where the number is not said', { firing: [objectOf(CLUSTER_ID)] }, 1, 1],
    ['where the number can’t be read', { firing: [objectOf(CLUSTER_ID)], num_firing: 'some' }, 1, 1],
    ['where the number is below zero', { firing: [objectOf(CLUSTER_ID)], num_firing: -1 }, 1, 1],
    ['in a bare text', textOf(CLUSTER_ID), 1, 1],
    [
      'where one is resolved',
      { firing: [objectOf(CLUSTER_ID), objectOf('x', { status: 'resolved' })], num_firing: 1 },
      1,
      0,
    ],
    [
      'where one has another name',
      { firing: [objectOf(CLUSTER_ID), objectOf('x', { labels: { alertname: 'Other' } })], num_firing: 2 },
      1,
      0,
    ],
    ['where one can’t be read', { firing: [objectOf(CLUSTER_ID), 7], num_firing: 2 }, 1, 1],
    ['that YAML turned into nothing', { firing: null, num_firing: 2 }, 0, 2],
    ['that were too large for PagerDuty', { error: 'Custom details have been removed' }, 0, 1],
    ['in nothing', null, 0, 1],
    ['in a number', 7, 0, 1],
    ['in a YAML list with something else', { firing: { Labels: [['x']] }, num_firing: 1 }, 0, 1],
  ])('%s: some are told, some are known to be missing', (_what, details, told, missing) => {
    const found = read(details)
    expect([found.alerts.length, found.missing]).toEqual([told, missing])
  })

  test('with more labels than are kept count as missing', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_unused, index) => [`l${index}`, 'v']))
    const labels = { ...labelsOf(CLUSTER_ID), ...many }
    expect(read({ firing: [objectOf(CLUSTER_ID, { labels })], num_firing: 1 }).missing).toBe(1)
  })

  test('have the secrets in them masked', () => {
    const annotations = { note: 'token xoxb-1234567890-abcdefgh' }
    const found = read({ firing: [objectOf(CLUSTER_ID, { annotations })], num_firing: 1 })
    expect(JSON.stringify(found)).not.toContain('xoxb-1234567890')
  })
})

describe('an incident as word of its group', () => {
  const KEY = 'a'.repeat(64)
  const incident = { id: 'Q1', status: 'triggered' as const, title: '[FIRING:1] it fails', created_at: CREATED_MS }
  const alert = { id: 'A1', status: 'triggered', alert_key: KEY, body: { details: { firing: YAML, num_firing: 1 } } }
  const told = (change: object = {}, title = incident.title) =>
    toIncidentUpdate({ ...incident, title }, [{ ...alert, ...change }], { alertnames: ALERTNAMES, nowMs: NOW_MS })

  test('with a key of Alertmanager’s form and readable details stands for the group', () => {
    expect(told()).toMatchObject({
      dedupKey: KEY,
      clusterIds: expect.arrayContaining([CLUSTER_ID]),
      update: { groupKey: `dedup:${KEY}`, truncatedAlerts: 0, incident: { id: 'Q1', isWeaklyMatched: false } },
    })
  })

  test.each([
    ['a key of another form', { alert_key: 'rewritten' }, 'rewritten'],
    ['no key', { alert_key: null }, 'incident-Q1'],
    ['details that only name the alert', { body: { details: 'ArmadaKPEventsProcessingErrors again' } }, KEY],
  ])('with %s is matched weakly', (_what, change, dedupKey) => {
    expect(told(change)).toMatchObject({ dedupKey, update: { incident: { isWeaklyMatched: true } } })
  })

  test('whose title alone names the alert has one that nobody can identify, and more may be missing', () => {
    const word = told({ body: { details: null } }, 'ArmadaKPEventsProcessingErrors')
    expect(word?.update.truncatedAlerts).toBe(1)
    expect(word?.update.alerts.map(identifyCluster)).toMatchObject([{ kind: 'unidentified', why: 'no-crn' }])
  })

  test.each([
    ['names nothing of ours', { body: { details: { firing: 'disk full' } } }],
    ['has only resolved alerts', { status: 'resolved' }],
  ])('that %s is none', (_what, change) => {
    expect(told(change)).toBeNull()
  })
})
