import { describe, expect, test } from '@jest/globals'
import { dedupKeyOf, identifyCluster } from '../../src/model/identity.ts'
import { alertsInText } from '../../src/model/pagerduty-text.ts'
import { ACCOUNT_ID, CLUSTER_ID, CRN, crnOf, OTHER_CLUSTER_ID } from '../support/builders.ts'

const OTHER_CRN = crnOf(OTHER_CLUSTER_ID)
const DAMAGED = CRN.slice(0, -3)

/** The example alert of the runbook, word for word: its two placeholders differ, and none is an id. */
const RUNBOOK_EXAMPLE = `Labels:
 - alertname = ArmadaKPEventsProcessingErrors
 - CRN = crn:v1:bluemix:public:containers-kubernetes:eu-de:a/ACCOUNT_ID:CLUSTER_ID::
 - carrier_name = prod-fra02-carrier105
 - severity = warning
 - tip_customer_impacting = false
Annotations:
 - description = armada-kp-events service has experienced 2.246975 event processing failures for resource crn:v1:bluemix:public:containers-kubernetes:eu-de:a/ACCOUNT_ID:CLUSTERID:: in the last 5 mins
 - summary = armada-kp-events is experiencing consistent event processing failures for a particular cluster resource
Source: https://alchemy-dashboard.containers.cloud.ibm.com/prod-fra02/carrier105/prometheus/graph?g0.expr=1`

describe('the cluster of an alert', () => {
  test.each([
    ['the CRN label alone', { labels: { CRN }, annotations: {} }],
    ['a label in lower case', { labels: { crn: CRN }, annotations: {} }],
    ['the text alone', { labels: {}, annotations: { description: `failures for resource ${CRN} in the last 5 mins` } }],
    ['label and text that agree', { labels: { CRN }, annotations: { a: `for ${CRN}`, b: `see (${CRN})` } }],
    ['both spellings of the label that agree', { labels: { CRN, crn: CRN }, annotations: {} }],
  ])('is known by %s', (_name, alert) => {
    expect(identifyCluster(alert)).toEqual({
      kind: 'identified',
      crn: CRN,
      region: 'us-south',
      accountId: ACCOUNT_ID,
      clusterId: CLUSTER_ID,
    })
  })

  test.each([
    ['no CRN at all', {}, { description: 'some cluster fails' }, 'no-crn'],
    ['a bare cluster id', {}, { description: CLUSTER_ID }, 'no-crn'],
    ['the CRN of a key', {}, { d: `crn:v1:bluemix:public:kms:us-south:a/${ACCOUNT_ID}:x:key:y` }, 'no-crn'],
    ['a damaged label', { CRN: DAMAGED }, {}, 'damaged-crn'],
    ['a damaged label beside a good text', { CRN: DAMAGED }, { d: CRN }, 'damaged-crn'],
    ['an empty label beside a good text', { CRN: '' }, { d: CRN }, 'damaged-crn'],
    ['a homoglyph in the label', { CRN: CRN.replace('bu0c', 'bu0с') }, {}, 'damaged-crn'],
    ['a text that names another cluster', { CRN }, { d: OTHER_CRN }, 'contradiction'],
    ['a text with a damaged CRN', { CRN }, { d: `for ${DAMAGED} now` }, 'contradiction'],
    ['a text with two clusters', {}, { d: `${CRN} and ${OTHER_CRN}` }, 'contradiction'],
    ['the same cluster in another region', { CRN }, { d: crnOf(CLUSTER_ID, 'eu-de') }, 'contradiction'],
    ['two spellings of the label that disagree', { CRN, crn: OTHER_CRN }, {}, 'contradiction'],
    ['a second label that is damaged', { CRN, crn: DAMAGED }, {}, 'damaged-crn'],
  ])('is not known with %s', (_name, labels, annotations, why) => {
    expect(identifyCluster({ labels: { ...labels }, annotations: { ...annotations } })).toMatchObject({
      kind: 'unidentified',
      why,
    })
  })

  test("the runbook's own example is unidentified", () => {
    const [alert] = alertsInText(RUNBOOK_EXAMPLE, 0)
    expect(alert && identifyCluster(alert)).toEqual({
      kind: 'unidentified',
      why: 'damaged-crn',
      seen: ['crn:v1:bluemix:public:containers-kubernetes:eu-de:a/ACCOUNT_ID:CLUSTER_ID::'],
    })
  })
})

describe('the dedup key', () => {
  test("is Alertmanager's: the sha256 of the group key in hex", () => {
    expect(dedupKeyOf('{}/{severity="page"}:{alertname="ArmadaKPEventsProcessingErrors"}')).toBe(
      '1239916f7bd6a326b86cfdaf715c9a1d033cc541a2513083bc1660a3e914dfbf',
    )
  })

  test('counts the bytes of UTF-8', () => {
    expect(dedupKeyOf('ä')).toBe('33e6d73fee82904c8d7afb78de1154d1e8dc2a0edb08120e63df5b9385c2d9cc')
  })
})
