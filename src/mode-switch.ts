import { z } from 'zod'
import { MODES, type ModeSetting, type Store } from './store/store.ts'

const modeSchema = z.object({ mode: z.enum(MODES), paused: z.boolean() })

/** What may be written outside. Kept in the store, so that it outlives a restart and holds for every replica. */
export interface ModeSwitch {
  /** The setting now. A setting that can't be read counts as shadow and paused. */
  read(): Promise<ModeSetting>
  write(change: Partial<ModeSetting>, by: string): Promise<ModeSetting>
}

/** The switch of a store; `seed` is written only where the store holds none. */
export async function openModeSwitch(store: Store, seed: ModeSetting, now: () => number): Promise<ModeSwitch> {
  if ((await store.setting('mode')) === null) await store.putMode(seed, 'configuration', now())
  async function read(): Promise<ModeSetting> {
    const parsed = modeSchema.safeParse(toJson(await store.setting('mode')))
    return parsed.success ? parsed.data : { mode: 'shadow', paused: true }
  }
  async function apply(change: Partial<ModeSetting>, by: string): Promise<ModeSetting> {
    const next = modeSchema.parse({
      ...(await read()),
      ...Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)),
    })
    await store.putMode(next, by, now())
    return next
  }
  // One change after the other: of two made at once, the second would else undo a pause that it has not read.
  let last: Promise<unknown> = Promise.resolve()
  return {
    read,
    write(change, by) {
      const written = last.then(() => apply(change, by))
      last = written.catch(() => undefined)
      return written
    },
  }
}

function toJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}
