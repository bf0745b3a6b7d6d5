import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { explainText } from '../../../src/handlers/slack/command-words.ts'
import { aCase, anAlert, CLUSTER_ID } from '../a-case.ts'
import { startTestServer, type TestServer } from '../test-server.ts'

let running: TestServer

beforeEach(async () => {
  running = await startTestServer()
})
afterEach(() => running.close())

const explain = () => explainText(CLUSTER_ID, { store: running.store, publicUrl: 'https://responder.example' })

test('a case that ended is explained while the cluster has no open one', async () => {
  expect(await explain()).toBe(`No case names cluster ${CLUSTER_ID}.`)
  const ended = aCase({ state: 'resolved', endedAs: 'snoozed', alerts: [anAlert({ status: 'resolved' })] })
  await running.store.saveCase(ended, { mergedUpTo: null, isSettled: true })
  const text = await explain()
  expect(text).toContain(`${CLUSTER_ID}: resolved (<https://responder.example/cases/case-1|case>)`)
  expect(text).toContain('busy: The cluster is busy with another KMS action.')
  expect(text).toContain('deploy-failure absent')
})
