import { z } from 'zod'
import { MODES, type ModeInForce, type ModeSetting, type Store } from './store/store.ts'

const modeSchema = z.object({ mode: z.enum(MODES), paused: z.boolean() })

/** Turns over all replicas: of two changes made at once, the second would else undo a pause that it has not read. */
const TURN = 'mode'

/** What may be written outside. Kept in the store, so that it outlives a restart and holds for every replica. */
export interface ModeSwitch {
  /**
   * The setting now, read from the store each time. One that can't be understood counts as shadow and paused; while the
   * store is frozen, shadow is in force.
   */
  read(): Promise<ModeInForce>
  /** Sets the mode, which lets a frozen store act again. Resolves with what is in force. */
  write(change: Partial<ModeSetting>, by: string): Promise<ModeInForce>
}

/** The switch of a store; `seed` is written only where the store holds none. */
export async function openModeSwitch(store: Store, seed: ModeSetting, now: () => number): Promise<ModeSwitch> {
  if ((await store.setting('mode')) === null)
    await store.exclusive.run(TURN, async () => {
      // Another replica that starts at the same time may have been quicker, and an operator quicker still.
      if ((await store.setting('mode')) === null) await store.putMode(seed, 'configuration', now())
    })
  async function read(): Promise<ModeInForce> {
    const parsed = modeSchema.safeParse(toJson(await store.setting('mode')))
    const setting: ModeSetting = parsed.success ? parsed.data : { mode: 'shadow', paused: true }
    const frozenWhy = store.history.frozenWhy()
    return frozenWhy === null ? setting : { mode: 'shadow', paused: setting.paused, frozenWhy }
  }
  return {
    read,
    write: (change, by) =>
      store.exclusive.run(TURN, async () => {
        const next = modeSchema.parse({
          ...(await read()),
          ...Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)),
        })
        await store.putMode(next, by, now())
        return read()
      }),
  }
}

function toJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}
