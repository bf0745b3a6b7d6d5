import { describe, expect, jest, test } from '@jest/globals'
import { waitUntil } from '../support/wait-until.ts'
import { sayBusy } from './channel-words.ts'
import { STORES, stagesOfFile } from './stages.ts'

jest.setTimeout(150_000)

const GROUPS = Array.from({ length: 40 }, (_, number) => `away${number}`)
const SNOOZED_ONCE = { acknowledge: 1, snooze: 1, note: 1 }

const stages = stagesOfFile()

describe.each(STORES)('on %s', (kind) => {
  test('a PagerDuty that fails every call gets no more calls than cases, and each case its effects once it is back', async () => {
    const stage = await stages.set(kind, { furnish: (sandbox) => sayBusy(sandbox, ...GROUPS) })
    const { faults, requests } = stage.sandbox
    const failing = faults.add({
      upstream: 'pagerduty',
      times: Number.POSITIVE_INFINITY,
      fault: { kind: 'status', status: 500 },
    })
    for (const group of GROUPS) stage.page(group)
    expect(await Promise.all(GROUPS.map((group) => stage.tell(group)))).toEqual(GROUPS.map(() => 202))
    const circuit = 'kp_responder_upstream_circuit{upstream="pagerduty"}'
    await waitUntil('the circuit to open', async () => ((await stage.replicas[0]?.metric(circuit)) ?? 0) > 0)
    expect(requests.of('pagerduty').length).toBeLessThanOrEqual(1.1 * GROUPS.length)
    failing.remove()
    await Promise.all(GROUPS.map((group) => stage.awaitSnoozed(group)))
    expect(GROUPS.map((group) => stage.pagerdutyEffects(group))).toEqual(GROUPS.map(() => SNOOZED_ONCE))
  })

  test.each([
    ['ahead', 600_000],
    ['behind', -600_000],
  ])('a clock that is ten minutes %s lengthens no snooze', async (_where, offsetMs) => {
    const stage = await stages.set(kind, { furnish: (sandbox) => sayBusy(sandbox, 'clock') })
    stage.pass(offsetMs)
    await stage.fire('clock')
    await stage.awaitCase('clock', 'a decision', ({ state }) => state !== 'waiting')
    await stage.lookAgain('clock')
    const snoozes = stage.sandbox.ledger.of('snooze').map(({ detail }) => Number(detail.seconds))
    expect(snoozes.filter((seconds) => seconds <= 0 || seconds > 7_200)).toEqual([])
    expect(snoozes.length).toBeLessThanOrEqual(1)
  })
})
