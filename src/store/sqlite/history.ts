import type { SettingStore, StoreHistory } from '../store.ts'

const BEAT_EVERY_MS = 60_000
/** A file whose last beat is older than this may be an old copy: what was done since stands in no record of it, in ms. */
const LONGEST_GAP_MS = 5 * 60_000
const BEAT_SETTING = 'history.beatMs'
const DOUBT_SETTING = 'history.doubtBeforeMs'

export interface FileHistory extends StoreHistory {
  stop(): void
}

/**
 * Tells a file that goes on where it stood from one that may have been put back. Nobody can tell a restored copy from a long
 * stop, so both put what began before in doubt: it is looked for upstream before it is sent. Nothing is frozen. A file of a program
 * that kept no beats is in doubt once.
 */
export async function openFileHistory(
  settings: Pick<SettingStore, 'setting' | 'putSetting'>,
  { nowMs, isNew }: { nowMs: number; isNew: boolean },
): Promise<FileHistory> {
  const startedMs = performance.now()
  const beat = () => settings.putSetting(BEAT_SETTING, String(Math.round(nowMs + performance.now() - startedMs)))
  const lastBeatMs = Number((await settings.setting(BEAT_SETTING)) ?? 0)
  let doubtMs = Number((await settings.setting(DOUBT_SETTING)) ?? 0)
  if (!isNew && nowMs - lastBeatMs > LONGEST_GAP_MS) {
    doubtMs = nowMs
    await settings.putSetting(DOUBT_SETTING, String(nowMs))
  }
  await beat()
  // One that can't be written shows at everything else that is written.
  const timer = setInterval(() => void beat().catch(() => undefined), BEAT_EVERY_MS).unref()
  return { doubtBeforeMs: () => doubtMs, frozenWhy: () => null, stop: () => clearInterval(timer) }
}
