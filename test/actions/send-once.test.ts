import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Journal, sendOnce } from '../../src/actions/effect.ts'
import { LeaseLostError, StoppingError, TransientError } from '../../src/errors.ts'
import { stoppable } from '../../src/looks/stoppable-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { EffectIntent, Store } from '../../src/store/store.ts'
import { NOW_MS } from '../support/builders.ts'

const INTENT: EffectIntent = { key: 'note/Q1/a', caseId: 'case-1', action: 'note', target: 'Q1', parameters: {} }

let directory: string
let store: Store
let sent: number

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'send-once-'))
  store = await openSqliteStore(directory, NOW_MS)
  sent = 0
})

afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

async function send() {
  sent += 1
  return { result: 'created' as const, link: null }
}

function aJournal(change: Partial<Journal> = {}): Journal {
  return { store, now: () => NOW_MS, ...change }
}

/** A clock that stands still, but for so long while an intent is made durable. */
function journalThatTakes(ms: number): Journal {
  let nowMs = 0
  return aJournal({
    elapsed: () => nowMs,
    store: {
      ...store,
      async intend(...intent) {
        const record = await store.intend(...intent)
        nowMs += ms
        return record
      },
    },
  })
}

describe('an effect that is sent once', () => {
  test('is sent where the intent was durable soon', async () => {
    expect(await sendOnce(journalThatTakes(3_000), INTENT, send)).toMatchObject({ kind: 'done' })
    expect(sent).toBe(1)
  })

  test('is not sent where the process stood still after its intent, and is looked at again', async () => {
    const outcome = await sendOnce(journalThatTakes(3_001), INTENT, send)
    expect(outcome).toEqual({ kind: 'later', atMs: NOW_MS + 5_000, receipt: null })
    expect(sent).toBe(0)
    expect(await store.effect(INTENT.key)).toBeNull()
  })

  test('is not sent by whoever has lost the turn, who gets to know', async () => {
    const intend = () => Promise.reject(new LeaseLostError('a'))
    await expect(sendOnce(aJournal({ store: { ...store, intend } }), INTENT, send)).rejects.toThrow(LeaseLostError)
    expect(sent).toBe(0)
  })

  test('whose receipt is refused, since the turn was lost meanwhile, is not sent again', async () => {
    const conclude = () => Promise.reject(new LeaseLostError('a'))
    await expect(sendOnce(aJournal({ store: { ...store, conclude } }), INTENT, send)).rejects.toThrow(LeaseLostError)
    expect(sent).toBe(1)
    expect(await store.effect(INTENT.key)).toMatchObject({ state: 'intent' })
  })

  test('that waited long for its turn is intended anew just before it is sent, by whoever still may', async () => {
    let [nowMs, intents] = [0, 0]
    const intend: Store['intend'] = (...intent) => {
      intents += 1
      return intents > 2 ? Promise.reject(new LeaseLostError('a')) : store.intend(...intent)
    }
    const journal = aJournal({ store: { ...store, intend }, now: () => NOW_MS + nowMs, elapsed: () => nowMs })
    const waiting = (ms: number) => async (renew: () => Promise<void>) => {
      nowMs += ms
      await renew()
      sent += 1
      throw new TransientError('unknown', 'its answer was lost')
    }
    await sendOnce(journal, INTENT, waiting(60_000))
    expect(await store.effect(INTENT.key)).toMatchObject({ state: 'intent', intendedAtMs: NOW_MS + 60_000 })
    nowMs = 0
    intents = 1
    await expect(sendOnce(journal, INTENT, waiting(60_000))).rejects.toThrow(LeaseLostError)
    expect(sent).toBe(1)
    intents = 0
    await sendOnce(journal, INTENT, waiting(1_000))
    expect(intents).toBe(1)
  })

  test('is not begun once the process stops, while one that was sent before gets its receipt', async () => {
    let isStopping = false
    const journal = aJournal({ store: stoppable(store, () => isStopping) })
    const outcome = await sendOnce(journal, INTENT, () => {
      isStopping = true
      return send()
    })
    expect(outcome).toMatchObject({ kind: 'done' })
    await expect(sendOnce(journal, { ...INTENT, key: 'note/Q1/b' }, send)).rejects.toThrow(StoppingError)
    expect(sent).toBe(1)
    expect(await store.effect('note/Q1/b')).toBeNull()
  })
})
