import { z } from 'zod'
import type { Storm } from '../plan/storm.ts'
import { stormNotice } from '../plan/storm-notice.ts'
import type { Store } from '../store/store.ts'

const SETTING = 'storms'
/** The name of the turn in which the ledger is changed. */
const TURN = 'storms'

const countsSchema = z.array(z.object({ name: z.string(), clusters: z.number() }))
const standingSchema = z.object({
  sinceMs: z.number(),
  endsAtMs: z.number(),
  clusters: z.number(),
  regions: countsSchema,
  accounts: countsSchema,
  isOver: z.boolean(),
  /** What its notice says, as the content key of that; null before it was given. */
  toldKey: z.string().nullable(),
})

const ledgerSchema = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue('is no JSON')
      return z.NEVER
    }
  })
  .pipe(z.array(standingSchema))

/** A storm as all replicas know it, until its notice says that it is over. */
export type StandingStorm = z.infer<typeof standingSchema>

/** The storms that are on, and those whose notice does not say yet that they are over, kept in the store. */
export class StormLedger {
  readonly #store: Pick<Store, 'setting' | 'putSetting' | 'exclusive'>

  constructor(store: Pick<Store, 'setting' | 'putSetting' | 'exclusive'>) {
    this.#store = store
  }

  /** Takes in what one replica sees. Returns the keys of the notices that have to change, and the storm that is on. */
  async note(seen: Storm | null, nowMs: number): Promise<{ changed: string[]; standing: StandingStorm | null }> {
    const before = await this.#read()
    if (same(before, advance(before, seen, nowMs))) return { changed: [], standing: standingOf(before, nowMs) }
    return this.#store.exclusive.run(TURN, async () => {
      const current = await this.#read()
      const next = advance(current, seen, nowMs)
      if (!same(current, next)) await this.#write(next)
      const changed = next.filter((storm) => !current.some((known) => contentOf(known) === contentOf(storm)))
      return { changed: changed.map(keyOf), standing: standingOf(next, nowMs) }
    })
  }

  /** The keys of the notices that do not say what they should. */
  async owed(): Promise<string[]> {
    return (await this.#read()).filter(isOwed).map(keyOf)
  }

  /** The storm of a notice that does not say what it should, or null. */
  async owedNotice(key: string): Promise<StandingStorm | null> {
    return (await this.#read()).find((storm) => keyOf(storm) === key && isOwed(storm)) ?? null
  }

  /** The notice says this now, or need not be given. One that says that its storm is over is forgotten. */
  async noticed(key: string, toldKey: string): Promise<void> {
    await this.#store.exclusive.run(TURN, async () => {
      const next = (await this.#read()).map((storm) => (keyOf(storm) === key ? { ...storm, toldKey } : storm))
      await this.#write(next.filter((storm) => !storm.isOver || isOwed(storm)))
    })
  }

  async #read(): Promise<StandingStorm[]> {
    // What can't be understood is as good as lost: the storm itself is seen from the arrivals.
    return ledgerSchema.safeParse(await this.#store.setting(SETTING)).data ?? []
  }

  async #write(storms: readonly StandingStorm[]): Promise<void> {
    await this.#store.putSetting(SETTING, JSON.stringify(storms))
  }
}

/**
 * The ledger after a look: a storm only grows, since each replica sees a part of it, and ends when its time has passed. One
 * that is seen beside it in time is the same storm, whatever cluster of it was seen first.
 */
function advance(storms: readonly StandingStorm[], seen: Storm | null, nowMs: number): StandingStorm[] {
  const isSeen = (storm: StandingStorm) =>
    seen !== null && seen.sinceMs <= storm.endsAtMs && storm.sinceMs <= seen.endsAtMs
  const next = storms.map((storm) => {
    if (seen && isSeen(storm)) return grown(storm, seen)
    return nowMs >= storm.endsAtMs ? { ...storm, isOver: true } : storm
  })
  return seen && !storms.some(isSeen) ? [...next, { ...seen, isOver: false, toldKey: null }] : next
}

function grown(storm: StandingStorm, seen: Storm): StandingStorm {
  const endsAtMs = Math.max(storm.endsAtMs, seen.endsAtMs)
  const { clusters, regions, accounts } = seen.clusters > storm.clusters ? seen : storm
  return { ...storm, endsAtMs, clusters, regions, accounts, isOver: false }
}

function standingOf(storms: readonly StandingStorm[], nowMs: number): StandingStorm | null {
  return storms.find(({ isOver, endsAtMs }) => !isOver && endsAtMs > nowMs) ?? null
}

function isOwed(storm: StandingStorm): boolean {
  return storm.toldKey !== stormNotice(storm, storm.isOver).contentKey
}

function keyOf(storm: StandingStorm): string {
  return stormNotice(storm, storm.isOver).key
}

function contentOf(storm: StandingStorm): string {
  return `${keyOf(storm)} ${stormNotice(storm, storm.isOver).contentKey}`
}

function same(one: readonly StandingStorm[], other: readonly StandingStorm[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
