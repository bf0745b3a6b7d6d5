import { setTimeout as delay } from 'node:timers/promises'
import { startRedis } from '../../test/real/redis.ts'
import { memoryMb } from '../process-stat.ts'
import { type BenchResponder, startBenchResponder } from '../responder.ts'
import type { Measurement } from '../result.ts'
import type { BenchContext, BenchRow } from '../row.ts'
import { type BenchScene, poll, sendWebhooks, setScene, startOn } from '../scene.ts'

const CASES = 600
const QUICK_CASES = 20
const LATENCY_MS = 100
const LIMIT_MS = 180_000
const IDLE_MS = 5_000

interface Run {
  casesPerSecond: number
  callsPerCase: number
  doubles: number
}

/** The state in Redis: what replicas add, and that they ask no more of the upstreams than one does. */
export const replicas: BenchRow = {
  name: 'replicas',
  about: `one and three replicas on one Redis, upstreams that answer in ${LATENCY_MS} ms`,
  async run(context) {
    const idleMb = await idleMemory(context)
    const one = await withReplicas(context, 1)
    context.say('one replica is done')
    const three = await withReplicas(context, 3)
    return toMeasurements({ idleMb, one, three })
  },
}

async function idleMemory({ folder, isQuick }: BenchContext): Promise<number> {
  const redis = await startRedis()
  try {
    const responder = await startBenchResponder({ folder, redisUrl: redis.url })
    await delay(isQuick ? 500 : IDLE_MS)
    const { now } = memoryMb(responder.pid)
    await responder.stop()
    return now
  } finally {
    await redis.stop()
  }
}

async function withReplicas(context: BenchContext, count: number): Promise<Run> {
  const scene = await setScene(context, context.isQuick ? QUICK_CASES : CASES, ['message'])
  const redis = await startRedis()
  const running: BenchResponder[] = []
  try {
    await scene.sandbox.setLatency(LATENCY_MS)
    for (let started = 0; started < count; started += 1)
      running.push(await startOn(scene, { folder: context.folder, redisUrl: redis.url }))
    // What began before a new Redis is in doubt: its notes would wait, to be looked for first.
    await scene.sandbox.stage(0, scene.groups.length, scene.startsAt, ['incident'])
    return await balanced(scene, running)
  } finally {
    await Promise.all(running.map((responder) => responder.stop()))
    await redis.stop()
    await scene.stop()
  }
}

/** Every webhook to the next replica in turn, as a plain balancer sends them. */
async function balanced(scene: BenchScene, running: readonly BenchResponder[]): Promise<Run> {
  const { groups, sandbox } = scene
  const before = await callsOf(scene)
  const shares = running.map((_, own) => groups.filter((_group, index) => index % running.length === own))
  const inFlight = Math.ceil(50 / running.length)
  const loads = await Promise.all(running.map(({ url }, index) => sendWebhooks(url, shares[index] ?? [], inFlight)))
  if (loads.some(({ failed }) => failed > 0)) throw new Error('a webhook was not accepted')
  await poll('every note', LIMIT_MS, async () => ((await sandbox.tally()).effects.note ?? 0) >= groups.length)
  const { doubles, lastNoteAtMs } = await sandbox.tally()
  const startedAtMs = Math.min(...loads.map((load) => load.startedAtMs))
  return {
    casesPerSecond: (groups.length / (lastNoteAtMs - startedAtMs)) * 1_000,
    callsPerCase: ((await callsOf(scene)) - before) / groups.length,
    doubles,
  }
}

/** Without Slack, whose reads go on by the clock and whose posts go out one a second. */
async function callsOf({ sandbox }: BenchScene): Promise<number> {
  const { calls } = await sandbox.tally()
  return Object.entries(calls).reduce((sum, [name, count]) => sum + (name.startsWith('slack') ? 0 : count), 0)
}

function toMeasurements({ idleMb, one, three }: { idleMb: number; one: Run; three: Run }): Measurement[] {
  return [
    {
      row: 'replicas: memory at rest with Redis',
      measured: idleMb,
      unit: 'MB',
      reference: null,
      budget: { of: 'measured', limit: { atMost: 160 } },
    },
    {
      row: 'replicas: cases done by three',
      measured: three.casesPerSecond,
      unit: '1/s',
      reference: { what: 'one', value: one.casesPerSecond },
      budget: null,
    },
    {
      row: 'replicas: PagerDuty calls per case of three',
      measured: three.callsPerCase,
      unit: 'calls',
      reference: { what: 'one', value: one.callsPerCase },
      budget: { of: 'ratio', limit: { atMost: 1 } },
    },
    {
      row: 'replicas: done twice',
      measured: one.doubles + three.doubles,
      unit: 'effects',
      reference: null,
      budget: { of: 'measured', limit: { atMost: 0 } },
    },
  ]
}
