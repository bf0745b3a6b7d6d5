import type { Evidence } from './evidence.ts'

export const CLASSIFICATIONS = [
  'unclassified',
  'master-operation-failure',
  'eu-fr2-migration',
  'busy-kms',
  'missing-etcd-record',
] as const
export type Classification = (typeof CLASSIFICATIONS)[number]

/** Every reason a verdict can have. Source: PRODUCT.md section 4, the decision table. */
export const REASONS = [
  'cluster-unidentified',
  'kms-update-failed',
  'master-operation-failed',
  'evidence-unavailable',
  'migration-blocked',
  'migration-cluster-state',
  'migration-key-not-in-use',
  'migration-key-not-readable',
  'migration-key-state',
  'migration-not-authorized',
  'migration-provider-error',
  'busy',
  'etcd-unavailable',
  'etcd-not-trusted',
  'etcd-record-present',
  'orphaned-key-registration',
  'deletion-unproven',
  'migration-undetermined',
  'unrecognised-error',
  'no-error-text',
] as const
export type Reason = (typeof REASONS)[number]

/** Which snooze budget of the policy a snoozable verdict draws on. */
export type SnoozeBudget = 'busySnoozes' | 'migrationSnoozes' | 'orphanSnoozes'

/** What a verdict asks for. A person is asked for unless a row of the table says otherwise. */
export type Remedy =
  | { kind: 'human' }
  | { kind: 'snooze'; seconds: number; budget: SnoozeBudget }
  | { kind: 'issue-then-snooze'; seconds: number; budget: SnoozeBudget }

export interface RuledOut {
  reason: Reason
  why: string
}

/** The judgement of one alert: named reason, one sentence, the evidence cited, and why the other reasons do not hold. */
export interface Verdict {
  classification: Classification
  reason: Reason
  message: string
  remedy: Remedy
  evidence: Evidence[]
  ruledOut: RuledOut[]
}

/** A verdict, or the wait for one: what is awaited, until when (ms), and what the verdict would be now. */
export type Judgement =
  | { kind: 'verdict'; verdict: Verdict }
  | { kind: 'waiting'; awaited: 'error-text' | 'evidence'; untilMs: number; verdict: Verdict }
