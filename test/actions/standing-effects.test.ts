import { expect, test } from '@jest/globals'
import { adoptStates } from '../../src/actions/standing-effects.ts'
import type { EffectRecord } from '../../src/store/store.ts'
import { anIncident, NOW_MS } from '../support/builders.ts'

const OWN = { id: 'POWN', name: 'Responder', email: 'responder@example.com', atMs: NOW_MS }
const ADA = { id: 'PADA', name: 'Ada', email: 'ada@example.com', atMs: NOW_MS }
const WAKE: EffectRecord = {
  key: 'wake/Q1INCIDENT/1',
  caseId: 'case-1',
  action: 'wake',
  target: 'Q1INCIDENT',
  parameters: {},
  state: 'intent',
  attempts: 3,
  intendedAtMs: NOW_MS,
  receipt: null,
}

test.each([
  ['rings', anIncident(), 'POWN', true],
  ['is held by us alone', anIncident({ status: 'acknowledged', acknowledgers: [OWN] }), 'POWN', false],
  ['is held by somebody beside us', anIncident({ status: 'acknowledged', acknowledgers: [OWN, ADA] }), 'POWN', true],
  [
    'is held by whom we can not tell from us',
    anIncident({ status: 'acknowledged', acknowledgers: [ADA] }),
    null,
    false,
  ],
])('a wake that is owed to an incident that %s', async (_what, incident, id, isAdopted) => {
  const concluded: string[] = []
  const store = { conclude: async (key: string) => void concluded.push(key) }
  await adoptStates(incident, [WAKE], { store, ownIds: { id, email: OWN.email }, now: () => NOW_MS })
  expect(concluded).toEqual(isAdopted ? [WAKE.key] : [])
})
