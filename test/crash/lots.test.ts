import { expect, jest, test } from '@jest/globals'
import type { RequestMatch } from '../../sandbox/faults.ts'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { dedupKeyOf } from '../../src/model/identity.ts'
import { groupKeyOf, sayBusy, toWebhook } from '../calls/scene.ts'
import { startResponder } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'

jest.setTimeout(180_000)

/** Fewer than make a storm, of one region too. */
const GROUPS = [1, 2, 3, 4, 5, 6, 7, 8]
const LOT: RequestMatch = { upstream: 'pagerduty', method: 'PUT', path: /^\/incidents$/ }
const SETTLING = { timeoutMs: 90_000 }

test.each([
  ['the process is killed before PagerDuty carries it out', { isKilled: true, when: 'before-commit' }],
  ['the process is killed after PagerDuty carried it out', { isKilled: true, when: 'after-commit' }],
  ['its answer is lost', { isKilled: false, when: 'after-commit' }],
  ['it never arrives', { isKilled: false, when: 'before-commit' }],
] as const)(
  'a lot of acknowledgements: %s, and every incident of it is snoozed once',
  async (_name, { isKilled, when }) => {
    const sandbox = await startSandbox({ latencyMs: 40 })
    for (const number of GROUPS) sayBusy(sandbox, number)
    const responder = await startResponder({ sandboxUrl: sandbox.url, policy: { windows: { probe: '1s' } } })
    try {
      for (const number of GROUPS) sandbox.pagerduty.trigger({ dedupKey: dedupKeyOf(groupKeyOf(number)) })
      const kill = isKilled ? sandbox.faults.before(LOT, () => responder.kill()) : null
      const fault = sandbox.faults.add({ ...LOT, fault: { kind: 'reset', when } })
      const startsAt = new Date().toISOString()
      await Promise.all(GROUPS.map((number) => responder.postWebhook(toWebhook(number, startsAt))))
      await waitUntil('a lot to be struck', () => fault.hits > 0 && (kill === null || kill.hits > 0), SETTLING)
      const [lot] = sandbox.requests.of('pagerduty', 'PUT').filter(({ path }) => path === '/incidents')
      if (isKilled) await responder.restart()
      await waitUntil(
        'every case to be snoozed and noted',
        async () => {
          const done = (await responder.cases()).filter(
            ({ state, receipts }) => state === 'snoozed' && receipts.some(({ action }) => action === 'note'),
          )
          return done.length === GROUPS.length
        },
        SETTLING,
      )
      expect(Object(lot?.body).incidents.length).toBeGreaterThan(1)
      for (const number of GROUPS) {
        const { id, status } = sandbox.pagerduty.byKey(dedupKeyOf(groupKeyOf(number))) ?? { id: '', status: 'none' }
        const once = ['acknowledge', 'snooze', 'note'].map((effect) => sandbox.ledger.of(effect, id).length)
        expect({ number, status, once }).toEqual({ number, status: 'acknowledged', once: [1, 1, 1] })
        expect(sandbox.pagerduty.rings(id)).toHaveLength(1)
      }
    } catch (error) {
      throw new Error(`${String(error)}\n${responder.output()}`, { cause: error })
    } finally {
      await responder.stop()
      await sandbox.close()
    }
  },
)
