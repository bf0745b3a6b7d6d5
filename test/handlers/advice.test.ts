import { expect, test } from '@jest/globals'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import { toCaseView } from '../../src/handlers/api/case-view.ts'
import { renderAlert } from '../../src/handlers/pages/alert-part.ts'
import { html } from '../../src/handlers/pages/html.ts'
import type { CaseAlert } from '../../src/model/case.ts'
import { aMigratingAlert, CORR_ID, MIGRATING_MS } from '../runbook/migrating-alert.ts'
import { aCase, anAlert } from '../support/builders.ts'

function viewOf(alert: CaseAlert) {
  const view = toCaseView(aCase({ alerts: [alert] }), { publicUrl: null, policy: DEFAULT_POLICY }).alerts[0]
  if (!view) throw new Error('the case of the test has an alert')
  return view
}

function pageOf(alert: CaseAlert): string {
  const link = (url: string | null, text: string | null) => html`<a href="${url}">${text ?? url}</a>`
  return renderAlert(viewOf(alert), null, { nowMs: MIGRATING_MS, link, notChecked: [] }).toString()
}

test('an alert of a migration has the whole advice in JSON, any other none', () => {
  expect(viewOf(anAlert()).advice).toEqual([])
  const { advice } = viewOf(aMigratingAlert('migration-key-not-readable'))
  expect(advice.map(({ title }) => title)).toEqual(
    expect.arrayContaining(['Advice', 'Whom to ask', 'Authorizations during the migration', 'Webhooks', 'Escalate']),
  )
})

test('the case page shows every section with its source, addresses as links', () => {
  const page = pageOf(aMigratingAlert('migration-key-not-readable'))
  expect(page).toContain(`CorrID: ${CORR_ID}`)
  expect(page).toContain('Runbook: Required Service Authorizations Matrix')
  expect(page).toContain('<a href="https://ibm.enterprise.slack.com/archives/C0NLB2W3B">')
})

test('markup in an error text stays text', () => {
  const page = pageOf(aMigratingAlert('migration-undetermined', { text: 'source crn:v1:bluemix:public:kms:a&lt;b' }))
  expect(page).toContain('Source key CRN: crn:v1:bluemix:public:kms:a&amp;lt;b')
})
