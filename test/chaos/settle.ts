import { setTimeout as delay } from 'node:timers/promises'
import type { World } from '../crash/world.ts'
import type { Judgement } from './judge.ts'
import type { ChaosOptions } from './options.ts'

/** Nothing may change for so long before the run is judged, in ms: a probe, a sweep and a retry of Slack fit in. */
const QUIET_MS = 4_000
/**
 * Where nothing that is owed has been done for so long it will not be, in ms: longer than the turn and the look of a dead
 * replica last, and the retries after that.
 */
const STALLED_MS = 150_000
/** GitHub takes 70 issues in 10 min, and what is over waits for the next 10: in ms. Source: src/clients/github-pace.ts. */
const ISSUES_MS = 600_000
const ISSUES_AT_ONCE = 70
/** Slack takes one post a second for each channel; edits, which go slower, are owed to nobody. In ms for each group. */
const PACE_MS = 1_000
const POLL_MS = 250
const SAY_EVERY_MS = 10_000

/** How long the settling of so many groups may take, in ms: what Slack's pace allows, twice, that of GitHub, and the longest stall. */
export function settleWithinMs({ groups, issues }: { groups: number; issues: number }): number {
  return 2 * groups * PACE_MS + Math.floor(issues / ISSUES_AT_ONCE) * ISSUES_MS + STALLED_MS
}

/** How long nothing may be done of what is owed, in ms. */
function stalledMs(lost: readonly string[]): number {
  return lost.some((finding) => finding.endsWith(': no issue')) ? ISSUES_MS + STALLED_MS : STALLED_MS
}

interface Settling {
  judged: () => Judgement
  world: World
  options: Pick<ChaosOptions, 'settleWithinMs'>
  groups: number
  /** Groups of which issues are to be opened. */
  issues: number
  say: (line: string) => void
  /** Tells all of it once more. */
  repeat: () => Promise<void>
}

/**
 * Waits until nothing is owed, or no more of it is being done; has all of it told once more, and waits until nothing
 * happens. Returns how long the first took (ms).
 */
export async function settle({ judged, world, options, groups, issues, say, repeat }: Settling): Promise<number> {
  const fromMs = performance.now()
  const endMs = fromMs + (options.settleWithinMs ?? settleWithinMs({ groups, issues }))
  let [least, doneAtMs, saidAtMs] = [Number.POSITIVE_INFINITY, fromMs, fromMs]
  for (;;) {
    const { lost } = judged()
    const nowMs = performance.now()
    if (lost.length === 0 || nowMs > endMs || nowMs - doneAtMs > stalledMs(lost)) break
    if (lost.length < least) [least, doneAtMs] = [lost.length, nowMs]
    if (nowMs - saidAtMs > SAY_EVERY_MS) {
      saidAtMs = nowMs
      say(`settling: ${lost.length} effects owed: ${tally(lost)}`)
    }
    await delay(POLL_MS)
  }
  const settledAfterMs = Math.round(performance.now() - fromMs)
  say(`settled after ${(settledAfterMs / 1_000).toFixed(0)} s, ${judged().lost.length} effects owed; told once more`)
  await repeat()
  await quiet(world)
  return settledAfterMs
}

/** How often each thing is owed: `12 no snooze, 3 no Slack message`. */
function tally(lost: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const finding of lost) {
    const what = finding.slice(finding.indexOf(': ') + 2)
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  return [...counts].map(([what, count]) => `${count} ${what}`).join(', ')
}

async function quiet(world: World): Promise<void> {
  const count = () => world.sandbox.ledger.entries().filter(({ actor }) => actor === 'responder').length
  for (let [before, sinceMs] = [count(), performance.now()]; performance.now() - sinceMs < QUIET_MS; ) {
    await delay(POLL_MS)
    if (count() !== before) [before, sinceMs] = [count(), performance.now()]
  }
}
