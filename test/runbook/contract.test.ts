import { describe, expect, test } from '@jest/globals'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import { STORAGE_NAME, storageClassSteps, storageSecretSteps } from '../../src/runbook/attached-storage.ts'
import { AUTHORIZATIONS, HOSTED_ACCOUNTS, SCENARIOS, SERVICES } from '../../src/runbook/authorizations.ts'
import { CHANNELS } from '../../src/runbook/channels.ts'
import { CLUSTER_MINUTES, EXPECTATIONS, RETRY_HOURS, VOLUME_MINUTES } from '../../src/runbook/expectations.ts'
import { plain, tableRows } from '../../src/runbook/markdown.ts'
import { WEBHOOK_NAMESPACE, webhookTest } from '../../src/runbook/webhook-test.ts'
import { bullets, RUNBOOK_PATH, readRunbook } from './markdown.ts'

const runbook = readRunbook()
if (!runbook) process.stdout.write(`not compared with the runbook: ${RUNBOOK_PATH} is not there\n`)
const section = (heading: string) => runbook?.get(heading) ?? `no section "${heading}"`

const whenPresent = runbook ? describe : describe.skip
whenPresent('the data against the runbook', () => {
  test('the expectations are all of the section, line by line', () => {
    const said = EXPECTATIONS.map(({ keys, lines }) => ({ lead: keys, items: lines.map(({ says }) => says) }))
    expect(said).toEqual(bullets(section('Migration expectations')))
  })

  test('the numbers are those of the expectations', () => {
    const words = plain(section('Migration expectations'))
    expect(words).toContain(`approximately ${CLUSTER_MINUTES.from}-${CLUSTER_MINUTES.to} minutes`)
    expect(words).toContain(`less than ${VOLUME_MINUTES} minutes`)
    expect(words).toContain(`retried for ${RETRY_HOURS} hours`)
  })

  test('the services and accounts are those of their tables', () => {
    expect(SERVICES.map(({ id, name, alias }) => [id, name, alias ?? ''])).toEqual(
      tableRows(section('Service ID and Names')),
    )
    expect(HOSTED_ACCOUNTS.map(({ account, services, purpose }) => [account, services.join(', '), purpose])).toEqual(
      tableRows(section('Accounts')),
    )
    expect(section('Accounts')).toContain(`account-2 will always be ${DEFAULT_POLICY.migrations[0]?.workerAccount}`)
  })

  test('the commands are those of the runbook, in its order', () => {
    const fence = section('Webhook validation').split('```')[1]?.trim().split('\n')
    expect(webhookTest(WEBHOOK_NAMESPACE)).toEqual(fence)
    for (const { source, steps } of [storageClassSteps(STORAGE_NAME), storageSecretSteps(STORAGE_NAME)]) {
      // The terminal of the example wrote no-break spaces.
      const words = section(source).replaceAll('\u00a0', ' ')
      const typed = [...words.matchAll(/^rkcradic@.*?> (.+?)\s*$/gm)].map(([, command]) => command)
      expect(steps.map(({ command }) => command)).toEqual(typed)
      for (const { says } of steps) expect(plain(words)).toContain(says)
    }
  })

  test.each(Object.values(CHANNELS))('$name is the channel $id', ({ id, link, source }) => {
    expect(section(source)).toContain(link)
    expect(link.endsWith(`/${id}`)).toBe(true)
  })
})

test('the channels that people are sent to are the ones that are read', () => {
  const { kpEventsAlerts, deployFailure, deployAlerts } = DEFAULT_POLICY.channels
  expect([CHANNELS.kpEventsAlerts.id, CHANNELS.deployFailure.id, CHANNELS.deployAlerts.id]).toEqual([
    kpEventsAlerts.id,
    deployFailure.id,
    deployAlerts.id,
  ])
})

test('every id of the scenarios is an authorization', () => {
  const known = AUTHORIZATIONS.map(({ id }) => id)
  expect(known).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  for (const { before, during, after } of SCENARIOS)
    for (const id of [...before, ...during, ...after]) expect(known).toContain(id)
})
