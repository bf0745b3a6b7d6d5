import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { PagerdutyClient } from '../../src/clients/pagerduty.ts'
import type { RawIncident, RawLogEntry } from '../../src/clients/pagerduty-schema.ts'
import { openIncidentBoard } from '../../src/evidence/incident-board.ts'
import { lookUpIncident } from '../../src/evidence/incident-lookup.ts'
import type { IncidentQuestion } from '../../src/evidence/open-incidents.ts'

const OWN = { email: 'responder@example.com', id: 'PRESPND' }
const FILLERS = 30

let sandbox: Sandbox
let client: PagerdutyClient

beforeEach(async () => {
  sandbox = await startSandbox()
  client = new PagerdutyClient({
    apiUrl: `${sandbox.url}/pagerduty`,
    token: () => sandbox.pagerduty.settings.token,
    from: OWN.email,
    now: Date.now,
  })
})

afterEach(() => sandbox.close())

function open(dedupKey: string): string {
  return sandbox.pagerduty.trigger({ dedupKey }).id
}

function openMany(prefix: string, count: number): string[] {
  const keys = Array.from({ length: count }, (_, number) => `${prefix}-${number}`)
  for (const key of keys) open(key)
  return keys
}

/** Asks them all in one go, so that they are answered together. */
function askTogether(keys: readonly string[], change: (key: string) => Partial<IncidentQuestion> = () => ({})) {
  const ask = openIncidentBoard(client)
  const sinceMs = sandbox.clock.now().getTime() - 3_600_000
  return Promise.all(keys.map((dedupKey) => ask({ dedupKey, isBound: false, sinceMs, ...change(dedupKey) })))
}

function requests(pathPattern: RegExp): number {
  return sandbox.requests.of('pagerduty').filter(({ path }) => pathPattern.test(path)).length
}

function single(dedupKey: string): number {
  return sandbox.requests.of('pagerduty').filter(({ query }) => query.incident_key?.includes(dedupKey)).length
}

describe('many questions at once', () => {
  test('are answered by one page of incidents and one of the log', async () => {
    const keys = openMany('key', 40)
    const answers = await askTogether(keys)
    expect(answers.map(({ open: found }) => found.length)).toEqual(keys.map(() => 1))
    expect(sandbox.requests.of('pagerduty').map(({ path }) => path)).toEqual(['/incidents', '/log_entries'])
  })

  test('are answered as each would be alone, whatever happened to the incidents', async () => {
    const { pagerduty } = sandbox
    const fillers = openMany('filler', FILLERS)
    const cases: Record<string, (id: string) => void> = {
      untouched: () => undefined,
      acknowledged: (id) => pagerduty.humanAcknowledges(id),
      snoozed: (id) => pagerduty.humanSnoozes(id, 3_600),
      noted: (id) => pagerduty.humanNotes(id, 'mine'),
      reassigned: (id) => pagerduty.humanReassigns(id),
      escalated: (id) => pagerduty.humanEscalates(id),
      prioritised: (id) => pagerduty.setPriority(id, 'P1'),
      'with a responder': (id) => pagerduty.addResponderRequest(id),
      'with a bridge': (id) => pagerduty.setConferenceBridge(id),
      'with a status update': (id) => pagerduty.addStatusUpdate(id, 'we look'),
      'with a foreign alert': (id) => pagerduty.mergeForeignAlert(id, 'foreign'),
      'in two incidents': () => pagerduty.mergeForeignAlert(open('other'), 'in two incidents'),
      resolved: (id) => pagerduty.humanResolves(id),
      'resolved and back': (id) => {
        pagerduty.humanResolves(id)
        open('resolved and back')
      },
    }
    const bound = new Map(Object.entries(cases).map(([key, act]) => [key, actOn(open(key), act)]))
    pagerduty.mergeForeignAlert(open('holder'), 'only as a second alert')
    const keys = [...bound.keys(), 'only as a second alert', 'never there', ...fillers]
    const nowMs = sandbox.clock.now().getTime()
    const ask = (dedupKey: string) => ({
      dedupKey,
      boundId: bound.get(dedupKey) ?? null,
      sinceMs: nowMs - 3_600_000,
      own: OWN,
      nowMs,
    })
    const askIncidents = openIncidentBoard(client)
    const together = await Promise.all(keys.map((key) => lookUpIncident({ client, askIncidents }, ask(key))))
    expect(requests(/^\/log_entries$/)).toBeGreaterThan(0)
    for (const [index, key] of keys.entries()) {
      const alone = await lookUpIncident({ client, askIncidents: openIncidentBoard(client) }, ask(key))
      expect({ key, incident: together[index] }).toEqual({ key, incident: alone })
    }
    expect(together.filter((incident) => incident?.sharedWhy == null && incident?.status === 'triggered').length).toBe(
      FILLERS + 6,
    )
  })

  test('show what a person did after they were put', async () => {
    const keys = openMany('key', 10)
    const ask = openIncidentBoard(client)
    const sinceMs = Date.now() - 3_600_000
    const askAll = () => Promise.all(keys.map((dedupKey) => ask({ dedupKey, isBound: false, sinceMs })))
    await askAll()
    sandbox.faults.before({ upstream: 'pagerduty', path: '/incidents' }, () =>
      sandbox.pagerduty.humanAcknowledges(sandbox.pagerduty.byKey('key-3')?.id ?? ''),
    )
    const answers = await askAll()
    expect(answers[3]?.open[0]?.status).toBe('acknowledged')
    expect(answers[3]?.log?.items.map(({ type }) => type)).toContain('acknowledge_log_entry')
    expect(answers.filter(({ open: found }) => found[0]?.status === 'triggered')).toHaveLength(9)
  })

  test('read of the log only what is new since the last time', async () => {
    const keys = openMany('key', 150)
    const ask = openIncidentBoard(client)
    const sinceMs = Date.now() - 3_600_000
    const askAll = () => Promise.all(keys.map((dedupKey) => ask({ dedupKey, isBound: false, sinceMs })))
    await askAll()
    const before = requests(/^\/log_entries$/)
    await askAll()
    expect([before, requests(/^\/log_entries$/) - before]).toEqual([3, 1])
  })

  test('read of the incidents what follows those of the last time, and the rest where that is not enough', async () => {
    const keys = openMany('key', 950)
    const ask = openIncidentBoard(client)
    const sinceMs = Date.now() - 3_600_000
    const offsetsOf = async (asked: readonly string[]) => {
      sandbox.requests.reset()
      const answers = await Promise.all(asked.map((dedupKey) => ask({ dedupKey, isBound: false, sinceMs })))
      expect(answers.every(({ open: found }) => found.length === 1)).toBe(true)
      const lists = sandbox.requests.of('pagerduty').filter(({ path }) => path === '/incidents')
      return lists.map(({ query }) => Number(query.offset) / 100)
    }
    expect(await offsetsOf(keys.slice(450, 490))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(await offsetsOf(keys.slice(460, 500))).toEqual([4])
    expect(await offsetsOf(keys.slice(510, 520))).toEqual([4, 5])
    const straddling = [...keys.slice(600, 640), ...keys.slice(0, 20)]
    expect(await offsetsOf(straddling)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 0, 1, 2, 3])
    await offsetsOf([...keys.slice(600, 640), ...keys.slice(550, 560)])
    // One that is left costs less by its own key than by the rest of the pages.
    expect((await offsetsOf([...keys.slice(600, 640), 'key-0'])).at(-1)).toBeNaN()
  })

  test('find no incident where none is, by lists alone', async () => {
    openMany('foreign', 20)
    const answers = await askTogether(['a', 'b', 'c', 'd', 'e'])
    expect(answers.every(({ open: found, log }) => found.length === 0 && log === null)).toBe(true)
    expect(sandbox.requests.of('pagerduty').map(({ path }) => path)).toEqual(['/incidents', '/incidents'])
  })

  test('do not take an incident for gone on the word of several pages, where one is known', async () => {
    openMany('foreign', 150)
    const keys = ['a', 'b', 'c', 'd', 'e', 'bound']
    await askTogether(keys, (key) => ({ isBound: key === 'bound' }))
    expect(keys.map(single)).toEqual([0, 0, 0, 0, 0, 1])
  })

  test('leave an incident that is far older than the others to a question of its own', async () => {
    open('old')
    sandbox.clock.jump(48 * 3_600_000)
    openMany('foreign', 300)
    const keys = openMany('key', 8)
    const nowMs = sandbox.clock.now().getTime()
    const answers = await askTogether([...keys, 'old'], (key) => ({
      sinceMs: nowMs - (key === 'old' ? 172_900_000 : 60_000),
    }))
    expect(answers.at(-1)?.open).toHaveLength(1)
    expect(answers.at(-1)?.log?.items.length).toBeGreaterThan(0)
    expect([...keys, 'old'].map(single).at(-1)).toBe(1)
  })
})

describe('an incident of the same key that the pages did not show', () => {
  const MADE_MS = Date.parse('2026-11-22T12:00:00Z')
  const KEYS = ['a', 'b', 'c', 'd', 'e']

  function anIncident(id: string, key: string): RawIncident {
    const trigger = { channel: { incident_key: key } }
    return {
      id,
      status: 'triggered',
      created_at: MADE_MS,
      alert_counts: { all: 1 },
      first_trigger_log_entry: trigger,
    }
  }

  /** A list that goes on after the page that was read, and a log in which key `a` triggered a second incident. */
  function askedSinglyWhen(secondAtMs: number): Promise<string[]> {
    const singly: string[] = []
    const entry = (incidentId: string, key: string, atMs: number): RawLogEntry => ({
      id: `${incidentId}-entry`,
      type: 'trigger_log_entry',
      created_at: atMs,
      channel: { incident_key: key },
      incident: { id: incidentId },
    })
    const entries = [...KEYS.map((key) => entry(`Q${key}`, key, MADE_MS)), entry('QSECOND', 'a', secondAtMs)]
    const ask = openIncidentBoard({
      async openIncidents(key) {
        singly.push(key)
        return []
      },
      openIncidentsPage: async () => ({ items: KEYS.map((key) => anIncident(`Q${key}`, key)), isComplete: false }),
      accountLogPage: async () => ({
        items: entries.toSorted((a, b) => b.created_at - a.created_at),
        isComplete: true,
      }),
      alerts: async () => ({ items: [], isComplete: true }),
      logEntries: async () => ({ items: [], isComplete: true }),
    })
    const asked = KEYS.map((dedupKey) => ask({ dedupKey, isBound: false, sinceMs: MADE_MS }))
    return Promise.all(asked).then(() => singly)
  }

  test('but the log tells of has its key asked for by itself', async () => {
    expect(await askedSinglyWhen(MADE_MS + 1_000)).toEqual(['a'])
  })

  test('is no doubt where they would have shown it', async () => {
    expect(await askedSinglyWhen(MADE_MS - 1_000)).toEqual([])
  })
})

function actOn(id: string, act: (id: string) => void): string {
  act(id)
  return id
}

describe('lists that can not be read', () => {
  test.each([
    ['a refusal', { kind: 'status', status: 400 }],
    ['a page that is no JSON', { kind: 'html' }],
    ['a server error', { kind: 'status', status: 502 }],
  ] as const)('%s: each question is asked by itself', async (_name, fault) => {
    const keys = openMany('key', 6)
    const sinceMs = Date.now() - 3_600_000
    const ask = openIncidentBoard(client)
    sandbox.faults.add({ upstream: 'pagerduty', path: '/log_entries', times: 2, fault })
    const answers = await Promise.all(keys.map((dedupKey) => ask({ dedupKey, isBound: false, sinceMs })))
    expect(answers.map(({ open: found, log }) => [found.length, log?.isComplete])).toEqual(keys.map(() => [1, true]))
    expect(keys.map(single)).toEqual(keys.map(() => 1))
  })

  test('PagerDuty that answers nothing is unavailable to all, after few calls', async () => {
    const keys = openMany('key', 20)
    const ask = openIncidentBoard(client)
    sandbox.faults.down('pagerduty')
    const answers = await Promise.allSettled(
      keys.map((dedupKey) => ask({ dedupKey, isBound: false, sinceMs: Date.now() - 3_600_000 })),
    )
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true)
    expect(sandbox.requests.of('pagerduty').length).toBeLessThanOrEqual(4)
  })

  test('a refused token is asked with once', async () => {
    sandbox.pagerduty.settings.token = 'another'
    const refused = new PagerdutyClient({
      apiUrl: `${sandbox.url}/pagerduty`,
      token: () => 'x',
      from: OWN.email,
      now: Date.now,
    })
    const ask = openIncidentBoard(refused)
    const answers = await Promise.allSettled(
      ['a', 'b', 'c', 'd', 'e'].map((dedupKey) => ask({ dedupKey, isBound: false, sinceMs: Date.now() })),
    )
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true)
    expect(sandbox.requests.of('pagerduty')).toHaveLength(1)
  })
})
