import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openModeSwitch } from '../src/mode-switch.ts'
import { openSqliteStore } from '../src/store/sqlite/open.ts'
import type { Store } from '../src/store/store.ts'
import { NOW_MS } from './support/builders.ts'

const now = () => NOW_MS

let directory: string
let store: Store

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mode-'))
  store = await openSqliteStore(directory, NOW_MS)
})

afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

describe('the mode switch', () => {
  test('takes the seed for an empty store and puts it into the audit', async () => {
    const modeSwitch = await openModeSwitch(store, { mode: 'approve', paused: false }, now)
    expect(await modeSwitch.read()).toEqual({ mode: 'approve', paused: false })
    expect(await store.auditRecords(0, 10)).toMatchObject([{ kind: 'mode', actor: 'configuration' }])
  })

  test('outlives a restart: a seed does not replace what was set', async () => {
    await (await openModeSwitch(store, { mode: 'shadow', paused: false }, now)).write({ mode: 'live' }, 'operator:ada')
    await store.close()
    store = await openSqliteStore(directory, NOW_MS)
    const modeSwitch = await openModeSwitch(store, { mode: 'shadow', paused: true }, now)
    expect(await modeSwitch.read()).toEqual({ mode: 'live', paused: false })
  })

  test('changes only what is given, counts for every other switch of the store at once, and is audited with who', async () => {
    const one = await openModeSwitch(store, { mode: 'live', paused: false }, now)
    const other = await openModeSwitch(store, { mode: 'shadow', paused: false }, now)
    expect(await one.write({ paused: true }, 'operator:ada')).toEqual({ mode: 'live', paused: true })
    expect(await other.read()).toEqual({ mode: 'live', paused: true })
    await other.write({ mode: 'shadow' }, 'operator:bob')
    expect(await one.read()).toEqual({ mode: 'shadow', paused: true })
    const actors = (await store.auditRecords(0, 10)).map(({ actor }) => actor)
    expect(actors).toEqual(['configuration', 'operator:ada', 'operator:bob'])
  })

  test('keeps both of two changes made at once: a pause is not lost to a change of mode', async () => {
    const modeSwitch = await openModeSwitch(store, { mode: 'live', paused: false }, now)
    await Promise.all([
      modeSwitch.write({ paused: true }, 'operator:ada'),
      modeSwitch.write({ mode: 'approve' }, 'operator:bob'),
    ])
    expect(await modeSwitch.read()).toEqual({ mode: 'approve', paused: true })
  })

  test.each(['{"mode":"on","paused":false}', '{"mode":"live"}', 'null', '{}', 'live', '{"mode":'])(
    'that holds %j counts as shadow and paused',
    async (value) => {
      const modeSwitch = await openModeSwitch(store, { mode: 'live', paused: false }, now)
      await store.putSetting('mode', value)
      expect(await modeSwitch.read()).toEqual({ mode: 'shadow', paused: true })
    },
  )

  test('of a frozen store is shadow and says why, whatever was set, until an operator sets it', async () => {
    await (await openModeSwitch(store, { mode: 'live', paused: false }, now)).read()
    let frozenWhy: string | null = 'Redis was emptied.'
    const frozen: Store = {
      ...store,
      history: { doubtBeforeMs: () => 0, frozenWhy: () => frozenWhy },
      async putMode(mode, by, nowMs) {
        await store.putMode(mode, by, nowMs)
        frozenWhy = null
      },
    }
    const modeSwitch = await openModeSwitch(frozen, { mode: 'live', paused: false }, now)
    expect(await modeSwitch.read()).toEqual({ mode: 'shadow', paused: false, frozenWhy: 'Redis was emptied.' })
    expect(await modeSwitch.write({ mode: 'live' }, 'operator:ada')).toEqual({ mode: 'live', paused: false })
    expect(await modeSwitch.read()).toEqual({ mode: 'live', paused: false })
  })

  test('keeps both of two changes made at once by two replicas, which have turns in common', async () => {
    const one = await openModeSwitch(store, { mode: 'live', paused: false }, now)
    const other = await openModeSwitch(store, { mode: 'live', paused: false }, now)
    await Promise.all([one.write({ paused: true }, 'operator:ada'), other.write({ mode: 'approve' }, 'operator:bob')])
    expect(await one.read()).toEqual({ mode: 'approve', paused: true })
  })
})
