import { parseArgs } from 'node:util'
import type { StoreKind } from '../crash/world.ts'

export interface ChaosOptions {
  store: StoreKind
  /** Responders at once; more than one needs Redis. */
  replicas: number
  alerts: number
  /** kill -9 of a responder, and of Redis where it is used. */
  kills: number
  /** The same seed gives the same groups, faults and moments; what the operating system does in between differs. */
  seed: number
  /** Mean time between two kills, in ms: with the number of kills it is the length of the load. */
  killEveryMs: number
  /** Answers lost, errors after the commit, rate limits: upstream faults beside the kills. */
  hasFaults: boolean
  /** How long after the last kill everything has to be settled, in ms; null: what Slack's pace asks for. */
  settleWithinMs: number | null
  /** Folder with the src to run. Default: this repository. */
  root?: string
}

export interface Invocation {
  runs: ChaosOptions[]
  isJson: boolean
}

export const CHAOS_USAGE = `Usage: node test/chaos/run.ts [options]
  Kills the responder, and Redis, at random under load, and judges by the sandbox's ledger what was lost or doubled.

  --alerts N      alerts in all (default 200)
  --kills N       kill -9 in all (default 10)
  --seed N        of the schedule (default 1)
  --store KIND    embedded, redis or both, which halves the numbers (default both)
  --replicas N    responders on Redis, 1 or 3 (default 3)
  --every MS      mean time between two kills (default 2000)
  --settle MS     longest time to settle after the last kill (default: what Slack's one post a second asks for)
  --no-faults     upstreams that never fail by themselves
  --long          10,000 alerts and 500 kills, half of them on each store
  --json          one JSON object on standard output
`

/** The runs that a command line asks for. @throws TypeError when it can't be understood. */
export function parseInvocation(args: readonly string[]): Invocation {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    allowNegative: true,
    options: {
      alerts: { type: 'string' },
      kills: { type: 'string' },
      seed: { type: 'string', default: '1' },
      store: { type: 'string', default: 'both' },
      replicas: { type: 'string', default: '3' },
      every: { type: 'string', default: '2000' },
      settle: { type: 'string' },
      faults: { type: 'boolean', default: true },
      long: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const [alerts, kills] = values.long ? [10_000, 500] : [200, 10]
  const all = {
    alerts: toCount(values.alerts ?? String(alerts), 'alerts'),
    kills: toCount(values.kills ?? String(kills), 'kills'),
    seed: toCount(values.seed, 'seed'),
    killEveryMs: toCount(values.every, 'every'),
    settleWithinMs: values.settle === undefined ? null : toCount(values.settle, 'settle'),
    hasFaults: values.faults,
  }
  const replicas = toCount(values.replicas, 'replicas')
  return { runs: toRuns(values.store, all, replicas), isJson: values.json }
}

function toRuns(store: string, all: Omit<ChaosOptions, 'store' | 'replicas'>, replicas: number): ChaosOptions[] {
  const half = { ...all, alerts: Math.ceil(all.alerts / 2), kills: Math.ceil(all.kills / 2) }
  switch (store) {
    case 'embedded':
      return [{ ...all, store: 'embedded', replicas: 1 }]
    case 'redis':
      return [{ ...all, store: 'redis', replicas }]
    case 'both':
      return [
        { ...half, store: 'embedded', replicas: 1 },
        { ...half, store: 'redis', replicas },
      ]
    default:
      throw new TypeError('--store is embedded, redis or both')
  }
}

function toCount(text: string, name: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new TypeError(`--${name} is a whole number`)
  return Number(text)
}
