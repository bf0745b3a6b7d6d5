import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type BenchGroup, benchGroup } from './alerts.ts'
import { type Child, firstMessage, startChild } from './child.ts'
import { type LoadResult, sendAll } from './load.ts'
import { type BenchResponder, type ResponderOptions, startBenchResponder, WEBHOOK_TOKEN } from './responder.ts'
import type { BenchContext } from './row.ts'
import { type BenchSandbox, startBenchSandbox } from './sandbox.ts'
import { PARTS, type Part, Ready } from './sandbox-protocol.ts'

const WARM_LIMIT_MS = 90_000
const Explained = z.object({
  alerts: z.array(z.object({ verdict: z.object({ reason: z.string() }).nullable() })),
})

/** The upstreams with clusters that are busy, and nobody who works on them yet. */
export interface BenchScene {
  readonly sandbox: BenchSandbox
  readonly groups: readonly BenchGroup[]
  /** When their alerts began. */
  readonly startsAt: Date
  stop: () => Promise<void>
}

/** A sandbox in which that many groups fire: incident and Slack message are there, or one of them; the webhook is not sent yet. */
export async function setScene(
  context: BenchContext,
  count: number,
  parts: readonly Part[] = PARTS,
): Promise<BenchScene> {
  const sandbox = await startBenchSandbox(context)
  const startsAt = new Date()
  await sandbox.stage(0, count, startsAt, parts)
  return {
    sandbox,
    startsAt,
    groups: Array.from({ length: count }, (_, number) => benchGroup(number, startsAt)),
    stop: sandbox.stop,
  }
}

/** The responder on a scene, once it has read the channels: a decision of it would be final. */
export async function startOn(
  { sandbox, groups }: BenchScene,
  options: Omit<ResponderOptions, 'sandboxUrl'>,
): Promise<BenchResponder> {
  const responder = await startBenchResponder({ ...options, sandboxUrl: sandbox.url })
  const probe = groups.at(0)
  await poll('the channels to be read', WARM_LIMIT_MS, async () => {
    const explained = Explained.parse(await responder.explain(probe?.body() ?? ''))
    return explained.alerts[0]?.verdict?.reason === 'busy'
  }).catch(async (error: unknown) => {
    await responder.stop()
    throw error
  })
  return responder
}

/** The ideal on a scene: the least code that makes the calls. */
export async function startIdeal({ sandbox }: BenchScene, { folder }: BenchContext): Promise<Child & { url: string }> {
  return startServing('ideal', { args: [sandbox.url], folder })
}

/** One of the bench's own servers, listening. */
export async function startServing(
  name: 'bare' | 'ideal',
  { args = [], folder }: { args?: readonly string[]; folder: string },
): Promise<Child & { url: string }> {
  const file = fileURLToPath(new URL(`./children/${name}.ts`, import.meta.url))
  const child = startChild({ args: [file, ...args], logFile: join(folder, `${name}.log`) })
  const { url } = Ready.parse(await firstMessage(child))
  return { ...child, url }
}

/** Sends the webhooks of these groups, as many at a time as the budgets say. */
export function sendWebhooks(url: string, groups: readonly BenchGroup[], inFlight?: number): Promise<LoadResult> {
  return sendAll({
    url,
    path: '/webhooks/alertmanager',
    token: WEBHOOK_TOKEN,
    bodies: groups.map((group) => group.body()),
    ...(inFlight === undefined ? {} : { inFlight }),
  })
}

/** Resolves when the probe says yes. @throws Error that names what when it takes too long */
export async function poll(what: string, limitMs: number, probe: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await probe())) {
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms in vain for ${what}`)
    await delay(100)
  }
}
