import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { waitUntil } from '../support/wait-until.ts'
import { type CallsScene, setCallsScene } from './scene.ts'

jest.setTimeout(180_000)

/** PagerDuty calls of one snoozed case alone: list, log entries, acknowledge, snooze, note. Source: PRODUCT.md, Budgets. */
const ALONE = 5
/**
 * What a burst may cost a case at most. How small batches come to be depends on the speed of the machine, so the budget itself is
 * the bench's to judge; without batches it would be 5. Its floor is 2: a snooze and a note.
 */
const IN_A_BURST = 3.5
const BURST = 200

let scene: CallsScene | undefined

afterEach(async () => {
  await scene?.stop()
  scene = undefined
})

async function start(options: Parameters<typeof setCallsScene>[0]): Promise<CallsScene> {
  scene = await setCallsScene(options)
  return scene
}

function numbers(count: number, from = 1): number[] {
  return Array.from({ length: count }, (_, index) => from + index)
}

/** The responder's own effects, by kind. */
function effects({ sandbox }: CallsScene): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { actor, upstream, effect } of sandbox.ledger.entries()) {
    if (actor === 'responder' && upstream === 'pagerduty') counts[effect] = (counts[effect] ?? 0) + 1
  }
  return counts
}

/** Resolves when nothing has been asked of PagerDuty for a while. */
async function rest({ total }: CallsScene): Promise<void> {
  let before = -1
  await waitUntil(
    'PagerDuty to be left alone',
    () => {
      const isQuiet = total() === before
      before = total()
      return isQuiet
    },
    { everyMs: 1_500, timeoutMs: 60_000 },
  )
}

describe('a case alone', () => {
  test('is snoozed with five calls', async () => {
    const { page, fire, awaitNotes, total, calls } = await start({ clusters: 1 })
    page([1])
    await fire([1])
    await awaitNotes(1)
    expect({ total: total(), calls: calls() }).toMatchObject({ total: ALONE })
  })

  test("is so too where PagerDuty's webhooks tell of the incident and of what we do", async () => {
    const one = await start({ clusters: 2, hasWebhooks: true })
    // The first acknowledgement tells who we are.
    one.page([1])
    await one.fire([1])
    await one.awaitNotes(1)
    await rest(one)
    const before = one.total()
    one.page([2])
    await one.fire([2])
    await one.awaitNotes(2)
    await rest(one)
    expect({ total: one.total() - before, calls: one.calls() }).toMatchObject({ total: ALONE })
  })
})

describe('a burst', () => {
  test.each([
    ['without', false],
    ['with', true],
  ])(
    "of 200 cases takes few calls a case, %s PagerDuty's webhooks, and each effect is made once",
    async (_name, hasWebhooks) => {
      const burst = await start({ clusters: BURST, hasWebhooks, latencyMs: 20 })
      burst.page(numbers(BURST))
      await burst.fire(numbers(BURST))
      await burst.awaitNotes(BURST)
      await rest(burst)
      expect(effects(burst)).toEqual({ acknowledge: BURST, snooze: BURST, note: BURST })
      expect(burst.sandbox.ledger.of('acknowledge').some(({ detail }) => detail.repeated === true)).toBe(false)
      const perCase = burst.total() / BURST
      expect({ perCase: perCase <= IN_A_BURST, calls: burst.calls() }).toMatchObject({ perCase: true })
      process.stdout.write(`PagerDuty calls a case in a burst of ${BURST}: ${perCase.toFixed(2)}\n`)
    },
  )

  test('leaves alone what people resolved or took over while it was being acknowledged, and that only', async () => {
    const burst = await start({ clusters: BURST, latencyMs: 20 })
    const { sandbox, incidentOf } = burst
    burst.page(numbers(BURST))
    let isStruck = false
    sandbox.faults.before({ upstream: 'pagerduty', method: 'PUT', path: /^\/incidents$/ }, () => {
      isStruck = true
      const open = numbers(BURST).filter((number) => incidentOf(number).status === 'triggered')
      // Somewhere in the lots that are under way or come next.
      for (const number of open) if (number % 20 === 0) sandbox.pagerduty.humanResolves(incidentOf(number).id)
      for (const number of open) if (number % 20 === 1) sandbox.pagerduty.humanAcknowledges(incidentOf(number).id)
    })
    await burst.fire(numbers(BURST))
    await waitUntil('a lot', () => isStruck, { timeoutMs: 60_000 })
    await rest(burst)
    const touched = numbers(BURST).filter((number) =>
      incidentOf(number).log.some(({ actor }) => actor.kind === 'user' && actor.via === 'website'),
    )
    expect(touched.length).toBeGreaterThan(2)
    for (const number of numbers(BURST)) {
      const { id, status, snoozedBy } = incidentOf(number)
      const snoozes = sandbox.ledger.of('snooze').filter(({ target }) => target === id).length
      expect({ number, status, snoozes, isSnoozed: snoozedBy !== null }).toEqual(
        touched.includes(number)
          ? { number, status: number % 20 === 0 ? 'resolved' : 'acknowledged', snoozes: 0, isSnoozed: false }
          : { number, status: 'acknowledged', snoozes: 1, isSnoozed: true },
      )
    }
  })
})

describe('cases whose incident does not exist yet', () => {
  test('look for it by lists that serve many, and are snoozed once it is there', async () => {
    const waiting = await start({ clusters: 100, latencyMs: 20 })
    await waiting.fire(numbers(100))
    const lists = () => waiting.calls()['GET /incidents'] ?? 0
    await waitUntil('the lists to be read again', () => lists() >= 8)
    expect(waiting.calls()['GET /incidents by key'] ?? 0).toBeLessThan(50)
    waiting.page(numbers(100))
    await waiting.awaitNotes(100)
    expect(effects(waiting)).toEqual({ acknowledge: 100, snooze: 100, note: 100 })
  })
})
