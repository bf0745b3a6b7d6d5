import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import type { Case } from '../../src/model/case.ts'
import type { Receipt } from '../../src/model/plan.ts'
import type { Reason, Verdict } from '../../src/model/verdict.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'

const TOKEN = 'operator-token-of-the-pictures'
const DAYS = 30
const DAY_MS = 86_400_000
/** How often each reason comes, of a hundred. */
const SHARES: readonly [Reason, number][] = [
  ['busy', 52],
  ['no-error-text', 14],
  ['kms-update-failed', 11],
  ['orphaned-key-registration', 9],
  ['unrecognised-error', 6],
  ['etcd-record-present', 4],
  ['deletion-unproven', 3],
  ['evidence-unavailable', 1],
]

/** A responder in shadow with an invented month behind it, always the same one. */
export async function startPast(): Promise<{ url: string; token: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'kp-past-'))
  const store = await openSqliteStore(folder, Date.now())
  const random = seeded(7)
  for (let day = 0; day < DAYS; day += 1) {
    const count = Math.round(3 + random() * 9 + (day % 7 < 2 ? 0 : 4))
    for (let at = 0; at < count; at += 1) {
      const openedAtMs = Date.now() - day * DAY_MS - at * 600_000
      await store.saveCase(aCase(`${day}-${at}`, openedAtMs, random), { mergedUpTo: null, isSettled: true })
    }
  }
  const config = readConfig({
    ALERTMANAGER_WEBHOOK_TOKENS: 'webhook-token-of-the-pictures',
    OPERATOR_TOKENS: `demo:${TOKEN}`,
    DATA_DIR: folder,
  })
  const app = await createApp(config, { logger: createLogger('silent'), metrics: createMetrics(), store })
  const url = await app.server.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    token: TOKEN,
    async stop() {
      await app.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function aCase(id: string, openedAtMs: number, random: () => number): Case {
  const reason = pick(random() * 100)
  const isQuiet = reason === 'busy' || reason === 'orphaned-key-registration'
  const isWoken = isQuiet && random() < 0.12
  const receipt = (action: Receipt['action']): Receipt => ({
    action,
    result: 'updated',
    why: null,
    link: null,
    at: new Date(openedAtMs + 700 + random() * (isQuiet ? 2_500 : 9_000)).toISOString(),
  })
  const receipts = [...(isQuiet ? [receipt('snooze')] : [receipt('note')]), ...(isWoken ? [receipt('wake')] : [])]
  return {
    ...{ id, groupKey: id, dedupKey: id, episode: 1, version: 0, openedAtMs, updatedAtMs: openedAtMs },
    ...{ resolvedAtMs: openedAtMs + 3_600_000, isUnconfirmed: false, flaps: 0, receiver: 'kp-events' },
    ...{ groupLabels: {}, externalUrl: '', truncatedAlerts: 0, incidents: [], state: 'resolved', receipts },
    endedAs: isQuiet && !isWoken ? 'snoozed' : 'handed-over',
    ...{ snooze: null, lastSnoozeEndMs: null, takenOver: null, wakeWhy: null, slack: null, nextLookMs: null },
    timeline: [],
    plan: { headline: isQuiet ? 'Snoozed 2 h' : `Needs you: ${reason}`, outcomeKey: reason, actions: [], refusals: [] },
    alerts: [
      {
        ...{ fingerprint: id, status: 'resolved', labels: {}, annotations: {}, startsAtMs: openedAtMs, endsAtMs: null },
        ...{ generatorUrl: '', firstReceivedAtMs: openedAtMs, lastReceivedAtMs: openedAtMs, facts: null },
        judgement: { kind: 'verdict', verdict: aVerdict(reason, isQuiet) },
      },
    ],
  }
}

function aVerdict(reason: Reason, isQuiet: boolean): Verdict {
  const quote = 'context deadline exceeded while fetching key ring of instance 12'
  return {
    classification: 'unclassified',
    reason,
    message: '',
    remedy: isQuiet ? { kind: 'snooze', seconds: 7_200, budget: 'busySnoozes' } : { kind: 'human' },
    evidence:
      reason === 'unrecognised-error'
        ? [{ source: 'kp-events-alerts', outcome: 'found', summary: '', observedAt: '', link: null, quote }]
        : [],
    ruledOut: [],
  }
}

function pick(share: number): Reason {
  let sum = 0
  for (const [reason, part] of SHARES) {
    sum += part
    if (share < sum) return reason
  }
  return 'busy'
}

/** Numbers from 0 to 1 that look random and are the same each time. Source: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
