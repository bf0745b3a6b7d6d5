import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { DEFAULT_POLICY } from '../src/config/policy.ts'
import { fixedPolicy, type PolicySource, type Reread } from '../src/config/policy-source.ts'
import { StoreUnavailableError } from '../src/errors.ts'
import { PolicyWatch } from '../src/policy-watch.ts'
import { openSqliteStore } from '../src/store/sqlite/open.ts'
import type { Store } from '../src/store/store.ts'
import { createLogger } from '../src/telemetry/log.ts'
import { NOW_MS } from './support/builders.ts'
import { waitUntil } from './support/wait-until.ts'

let directory: string
let store: Store
let logged: string
let isStoreAway: boolean

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kp-policy-watch-'))
  store = await openSqliteStore(directory, NOW_MS)
  logged = ''
  isStoreAway = false
})

afterEach(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

/** A policy whose file says what the steps say, one after the other. */
function policyOf(...steps: { outcome: Reread; hash?: string; faults?: string[]; needsRestart?: string[] }[]) {
  let state = { hash: 'one', faults: [] as string[], needsRestart: [] as string[] }
  const source: PolicySource = {
    ...fixedPolicy(DEFAULT_POLICY),
    state: () => state,
    reread() {
      const { outcome, ...change } = steps.shift() ?? { outcome: 'same' as const }
      state = { ...state, ...change }
      return outcome
    },
  }
  return source
}

function watchOf(policy: PolicySource): PolicyWatch {
  const destination = new Writable({
    write(chunk, _encoding, done) {
      logged += String(chunk)
      done()
    },
  })
  const exclusive = {
    run: <T>(name: string, task: () => Promise<T>) =>
      isStoreAway ? Promise.reject(new StoreUnavailableError('away')) : store.exclusive.run(name, task),
  }
  return new PolicyWatch({
    policy,
    store: { ...store, exclusive },
    now: () => NOW_MS,
    logger: createLogger('info', destination),
  })
}

async function awaitRecorded(...hashes: string[]): Promise<void> {
  await waitUntil(`the audit to name ${hashes.join(', ')}`, async () => {
    const records = (await store.auditRecords(0, 100)).filter(({ kind }) => kind === 'policy')
    const found = records.map(({ record }) => (JSON.parse(record) as { hash: string }).hash)
    return JSON.stringify(found) === JSON.stringify(hashes)
  })
}

test('says every fault of a refused policy, and records none for it', async () => {
  const watch = watchOf(policyOf({ outcome: 'refused', faults: ['policy a: x', 'policy b: y'] }))
  watch.look(true)
  await awaitRecorded('one')
  expect(logged).toContain('"faults":["policy a: x","policy b: y"]')
})

test('says what waits for a restart, and records which policy came into force, once for all replicas', async () => {
  const steps = () => policyOf({ outcome: 'same' }, { outcome: 'taken', hash: 'two', needsRestart: ['etcd.regions'] })
  const [one, other] = [watchOf(steps()), watchOf(steps())]
  for (const watch of [one, other]) watch.look(true)
  await awaitRecorded('one')
  for (const watch of [one, other]) watch.look(true)
  await awaitRecorded('one', 'two')
  expect(logged).toContain('"needsRestart":["etcd.regions"]')
})

test('records it later where the store is away', async () => {
  const watch = watchOf(policyOf())
  isStoreAway = true
  watch.look(true)
  await waitUntil('the warning', () => logged.includes('could not be recorded'))
  isStoreAway = false
  watch.look(true)
  await awaitRecorded('one')
})
