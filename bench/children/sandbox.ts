// The upstreams, in a process of their own: their CPU time is not the responder's.
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { benchGroup } from '../alerts.ts'
import { KP_EVENTS_BOT } from '../policy.ts'
import { Ask, type Part } from '../sandbox-protocol.ts'

const CALLS = {
  'pagerduty list incidents': { upstream: 'pagerduty', method: 'GET', path: /^\/incidents$/ },
  'pagerduty get incident': { upstream: 'pagerduty', method: 'GET', path: /^\/incidents\/[^/]+$/ },
  'pagerduty log entries': { upstream: 'pagerduty', method: 'GET', path: /log_entries$/ },
  'pagerduty alerts': { upstream: 'pagerduty', method: 'GET', path: /alerts$/ },
  'pagerduty notes': { upstream: 'pagerduty', method: 'GET', path: /notes$/ },
  'pagerduty set status': { upstream: 'pagerduty', method: 'PUT', path: /^\/incidents/ },
  'pagerduty snooze': { upstream: 'pagerduty', method: 'POST', path: /snooze$/ },
  'pagerduty add note': { upstream: 'pagerduty', method: 'POST', path: /notes$/ },
  'slack poll': { upstream: 'slack', path: /^\/(auth\.test|conversations\.(info|history|list))/ },
  'slack replies': { upstream: 'slack', path: /^\/conversations\.replies/ },
  'slack post': { upstream: 'slack', path: /^\/chat\.postMessage/ },
  'slack edit': { upstream: 'slack', path: /^\/chat\.update/ },
} as const
const ONCE = new Set(['acknowledge', 'snooze', 'note'])

const sandbox = await startSandbox()
const numbers = new Map<string, number>()
const counters = Object.entries(CALLS).map(([name, match]) => ({
  name,
  armed: sandbox.faults.before({ ...match, times: Number.POSITIVE_INFINITY }, () => {}),
}))
const effects: Record<string, number> = {}
const seen = new Set<string>()
const snoozes: [number, number][] = []
let doubles = 0
let lastNoteAtMs = 0
let read = 0

process.on('message', (message: unknown) => {
  const { id, ...ask } = message as { id: number }
  process.send?.({ id, answer: answer(Ask.parse(ask)) })
})
process.send?.({ url: sandbox.url })

function answer(ask: Ask): unknown {
  switch (ask.kind) {
    case 'stage':
      for (let number = ask.from; number < ask.from + ask.count; number += 1)
        stage(sandbox, { number, startsAt: new Date(ask.startsAtMs), parts: ask.parts })
      return null
    case 'tally':
      readLedger()
      return {
        effects,
        doubles,
        lastNoteAtMs,
        calls: Object.fromEntries(counters.map(({ name, armed }) => [name, armed.hits])),
      }
    case 'snoozes':
      readLedger()
      return snoozes
    case 'limit':
      sandbox.pagerduty.settings.rateLimitPerMinute = ask.pagerdutyPerMinute
      return null
    case 'latency':
      sandbox.latencyMs = ask.ms
      return null
  }
}

function stage(
  { pagerduty, slack }: Sandbox,
  { number, startsAt, parts }: { number: number; startsAt: Date; parts: readonly Part[] },
): void {
  const { clusterId, dedupKey, details } = benchGroup(number, startsAt)
  if (parts.includes('incident')) numbers.set(pagerduty.trigger({ dedupKey, details }).id, number)
  if (!parts.includes('message')) return
  slack.post({
    channel: SLACK_CHANNELS.kpEventsAlerts.id,
    author: { botId: KP_EVENTS_BOT, username: 'kp-events' },
    shape: 'alertmanager',
    text: `cluster ${clusterId}: error completing request, the cluster is busy with another KMS action`,
    silent: true,
  })
}

/** What was committed since the last look: the ledger only grows. */
function readLedger(): void {
  const entries = sandbox.ledger.entries()
  for (; read < entries.length; read += 1) {
    const entry = entries[read]
    if (entry?.actor !== 'responder') continue
    effects[entry.effect] = (effects[entry.effect] ?? 0) + 1
    if (entry.effect === 'note') lastNoteAtMs = Date.parse(entry.at)
    if (entry.upstream !== 'pagerduty' || !ONCE.has(entry.effect)) continue
    const key = `${entry.effect} ${entry.target}`
    if (seen.has(key)) doubles += 1
    else if (entry.effect === 'snooze') snoozes.push([numbers.get(entry.target) ?? -1, Date.parse(entry.at)])
    seen.add(key)
  }
}
