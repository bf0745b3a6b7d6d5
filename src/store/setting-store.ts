export const MODES = ['shadow', 'approve', 'live'] as const
export type Mode = (typeof MODES)[number]
export interface ModeSetting {
  mode: Mode
  paused: boolean
}
/** The setting in force; `frozenWhy` says why it is shadow whatever was set, and is left out where it is not. */
export interface ModeInForce extends ModeSetting {
  frozenWhy?: string
}

export interface SettingStore {
  setting(name: string): Promise<string | null>
  putSetting(name: string, value: string): Promise<void>
  /** Stores the mode and its audit record in one commit. */
  putMode(mode: ModeSetting, by: string, nowMs: number): Promise<void>
}

export interface AuditRecord {
  seq: number
  at: string
  kind: string
  actor: string
  record: string
  hash: string
}

/** The append-only hash chain. */
export interface AuditStore {
  appendAudit(entry: { kind: string; actor: string; record: Record<string, unknown>; nowMs: number }): Promise<void>
  auditHead(): Promise<{ seq: number; hash: string } | null>
  auditRecords(afterSeq: number, limit: number): Promise<AuditRecord[]>
}
