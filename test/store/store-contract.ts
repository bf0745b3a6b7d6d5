import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Store } from '../../src/store/store.ts'
import { NOW_MS } from '../support/builders.ts'
import { describeAuditContract } from './audit-contract.ts'
import { describeCaseContract } from './case-contract.ts'
import { describeDeliveryContract, expectBalance } from './delivery-contract.ts'
import { describeDueContract } from './due-contract.ts'
import { describeEffectContract } from './effect-contract.ts'
import { describeExclusiveContract } from './exclusive-contract.ts'
import { describeIncidentEventContract } from './incident-event-contract.ts'

/** A place for one store: `open` opens it, again after a `close` with all that was in it. */
export interface StorePlace {
  open(): Promise<Store>
  remove(): Promise<void> | void
}

/** What every adapter of the store promises. Runs against a new place for each test. */
export function storeContract(place: () => StorePlace): void {
  let here: StorePlace
  let store: Store

  beforeEach(async () => {
    here = place()
    store = await here.open()
  })

  afterEach(async () => {
    await store.close()
    await here.remove()
  })

  async function reopen(): Promise<void> {
    await store.close()
    store = await here.open()
  }

  describeDeliveryContract(() => store, reopen)
  describeCaseContract(() => store, reopen)
  describeDueContract(() => store, reopen)
  describeEffectContract(() => store, reopen)
  describeIncidentEventContract(() => store, reopen)
  describeExclusiveContract(() => store)

  describe('settings', () => {
    test('are kept over a restart, the last one wins, an unknown one is null', async () => {
      expect(await store.setting('x')).toBeNull()
      await store.putSetting('x', '1')
      await store.putSetting('x', '2')
      await store.putMode({ mode: 'live', paused: true }, 'operator:ada', NOW_MS)
      await reopen()
      expect(await store.setting('x')).toBe('2')
      expect(JSON.parse((await store.setting('mode')) ?? '')).toEqual({ mode: 'live', paused: true })
    })
  })

  test('a store that is well says that it can be written', async () => {
    await expect(store.checkWritable()).resolves.toBeUndefined()
    await expectBalance(store)
  })

  describeAuditContract(() => store, reopen)
}
