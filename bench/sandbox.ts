import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Child, firstMessage, startChild } from './child.ts'
import type { BenchContext } from './row.ts'
import { type Ask, Numbered, PARTS, type Part, Ready, Snoozes, Tally } from './sandbox-protocol.ts'

const FILE = fileURLToPath(new URL('./children/sandbox.ts', import.meta.url))
/** Groups staged in one message, so that the sandbox goes on answering in between. */
const STAGE_BATCH = 1_000
/** Of every upstream, in ms. Source: PRODUCT.md, Budgets. */
export const LATENCY_MS = 20

/** The upstreams in a process of their own. */
export interface BenchSandbox {
  readonly url: string
  readonly pid: number
  stage: (from: number, count: number, startsAt: Date, parts?: readonly Part[]) => Promise<void>
  tally: () => Promise<Tally>
  /** When each group was first snoozed, ms since the epoch. */
  snoozes: () => Promise<Map<number, number>>
  limitPagerduty: (perMinute: number | null) => Promise<void>
  setLatency: (ms: number) => Promise<void>
  stop: () => Promise<void>
}

export async function startBenchSandbox({ folder }: BenchContext): Promise<BenchSandbox> {
  const child = startChild({ args: [FILE], logFile: join(folder, 'sandbox.log') })
  const { url } = Ready.parse(await firstMessage(child))
  const ask = asker(child)
  await ask({ kind: 'latency', ms: LATENCY_MS })
  return {
    url,
    pid: child.pid,
    async stage(from, count, startsAt, parts = PARTS) {
      for (let done = 0; done < count; done += STAGE_BATCH)
        await ask({
          kind: 'stage',
          from: from + done,
          count: Math.min(STAGE_BATCH, count - done),
          startsAtMs: startsAt.getTime(),
          parts: [...parts],
        })
    },
    tally: async () => Tally.parse(await ask({ kind: 'tally' })),
    snoozes: async () => new Map(Snoozes.parse(await ask({ kind: 'snoozes' }))),
    limitPagerduty: async (perMinute) => void (await ask({ kind: 'limit', pagerdutyPerMinute: perMinute })),
    setLatency: async (ms) => void (await ask({ kind: 'latency', ms })),
    stop: child.stop,
  }
}

function asker(child: Child): (ask: Ask) => Promise<unknown> {
  const waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>()
  let lastId = 0
  child.process.on('message', (message: unknown) => {
    const { id, answer } = Numbered.parse(message)
    waiting.get(id)?.resolve(answer)
    waiting.delete(id)
  })
  child.process.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`the sandbox ended:\n${child.output()}`))
  })
  return (ask) =>
    new Promise((resolve, reject) => {
      lastId += 1
      waiting.set(lastId, { resolve, reject })
      child.process.send({ id: lastId, ...ask })
    })
}
