import type { Case } from '../src/model/case.ts'
import { openSqliteStore } from '../src/store/sqlite/open.ts'
import type { EffectRecord } from '../src/store/store.ts'
import { benchGroup } from './alerts.ts'
import { KP_EVENTS_BOT } from './policy.ts'

const BATCH = 5_000
const CHANNELS = ['C018KJ6NW4A', 'C9XGSR292', 'C54FY4EKG']
const HOUR_MS = 3_600_000
/** Clusters that the messages name in turn: a thousand of them are asked about, with one message each per so many. */
const CLUSTERS = 200_000

/** A case with its journal, to be stored under other names. */
export interface ExampleCase {
  subject: Case
  effects: EffectRecord[]
}

/** Puts messages into the index by the store's own way, spread over the channels and the last day. */
export async function fillMessages(dataDir: string, from: number, until: number): Promise<void> {
  const store = await openSqliteStore(dataDir, Date.now())
  const startMs = Date.now() - 24 * HOUR_MS
  for (let next = from; next < until; next += BATCH) {
    const end = Math.min(next + BATCH, until)
    await store.messages.upsertMessages(
      Array.from({ length: end - next }, (_, index) => toMessage(next + index, startMs)),
    )
  }
  await store.close()
}

function toMessage(number: number, startMs: number) {
  const { clusterId } = benchGroup(number % CLUSTERS, new Date(0))
  const atMs = startMs + ((number * 83) % (24 * HOUR_MS))
  return {
    channel: CHANNELS[number % CHANNELS.length] ?? '',
    ts: `${Math.floor(atMs / 1_000)}.${String(number % 1_000_000).padStart(6, '0')}`,
    threadTs: null,
    author: { botId: KP_EVENTS_BOT, appId: null, userId: null, name: 'kp-events' },
    segments: [
      `cluster ${clusterId}: error completing request, the cluster is busy with another KMS action`,
      `carrier prod-fra02-carrier105, attempt ${number}`,
    ],
    editedTs: null,
  }
}

/** The one case of a store, resolved, with what it did. @throws RangeError when the store holds none */
export async function closedCaseFrom(dataDir: string): Promise<ExampleCase> {
  const store = await openSqliteStore(dataDir, Date.now())
  try {
    const [subject] = (await store.listCases({ limit: 1 })).cases
    if (!subject) throw new RangeError('the example store holds no case')
    const alerts = subject.alerts.map((alert) => ({ ...alert, status: 'resolved' as const, endsAtMs: Date.now() }))
    return {
      subject: { ...subject, alerts, state: 'resolved', resolvedAtMs: Date.now(), snooze: null, nextLookMs: null },
      effects: await store.effectsOf(subject.id),
    }
  } finally {
    await store.close()
  }
}

/** Puts copies of a closed case and of its journal into a store, each with a cluster of its own. */
export async function fillCases(
  dataDir: string,
  { example, from, until }: { example: ExampleCase; from: number; until: number },
): Promise<void> {
  const store = await openSqliteStore(dataDir, Date.now())
  const nowMs = Date.now()
  for (let next = from; next < until; next += BATCH) {
    const end = Math.min(next + BATCH, until)
    const numbers = Array.from({ length: end - next }, (_, index) => next + index)
    const writes = numbers.flatMap((number) => {
      const subject = renamed(example.subject, number)
      return [
        store.saveCase({ ...subject, version: 0 }, { mergedUpTo: null, isSettled: true }),
        ...example.effects.flatMap(({ key, action, target, parameters, receipt }) => [
          store.intend({ key: `${number}/${key}`, caseId: subject.id, action, target, parameters }, nowMs),
          ...(receipt ? [store.conclude(`${number}/${key}`, 'done', receipt, nowMs)] : []),
        ]),
      ]
    })
    await Promise.all(writes)
  }
  await store.close()
}

/** Half an hour apart, so that they are years of work and no storm. */
function renamed(subject: Case, number: number): Case {
  const { clusterId, groupKey, dedupKey } = benchGroup(number, new Date(0))
  const [known = ''] = /d[0-9a-v]{19}/.exec(subject.alerts[0]?.labels.CRN ?? '') ?? []
  const openedAtMs = subject.openedAtMs - (number + 1) * (HOUR_MS / 2)
  const copy = JSON.parse(JSON.stringify(subject).replaceAll(known, clusterId)) as Case
  const alerts = copy.alerts.map((alert) => ({ ...alert, startsAtMs: openedAtMs }))
  const incidents = copy.incidents.map((incident) => ({ ...incident, id: `QBENCH${number}` }))
  return { ...copy, alerts, incidents, id: `bench-${number}`, groupKey, dedupKey, openedAtMs, updatedAtMs: openedAtMs }
}
