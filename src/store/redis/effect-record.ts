import { ACTION_KINDS, type Receipt } from '../../model/plan.ts'
import type { EffectRecord, SnoozeEntry } from '../store.ts'
import { document, integer, list, text } from './reply.ts'

const STATES = ['intent', 'done', 'refused'] as const

/** The record of an effect's fields, or null where there are none. */
export function toEffectRecord(fields: Record<string, string>): EffectRecord | null {
  if (fields.state === undefined) return null
  const what = `effect ${String(fields.key)}`
  const action = ACTION_KINDS.find((kind) => kind === fields.action)
  const state = STATES.find((known) => known === fields.state)
  if (!action || !state) throw new TypeError('the journal holds an action or state that this program does not know')
  return {
    key: text(fields.key, what),
    caseId: text(fields.case, what),
    action,
    target: text(fields.target, what),
    state,
    parameters: toParameters(fields, what),
    attempts: integer(fields.attempts, what),
    intendedAtMs: integer(fields['intended-at'], what),
    receipt: fields.receipt === undefined ? null : document<Receipt>(fields.receipt, what),
  }
}

/** The fields of a record that a script returned: a list of name, value, name, value. */
export function toFields(answer: unknown): Record<string, string> {
  const flat = list(answer, 'an effect')
  const pairs = Array.from({ length: flat.length / 2 }, (_, at) => [flat[at * 2], flat[at * 2 + 1]])
  return Object.fromEntries(pairs.map(([name, value]) => [text(name, 'an effect'), text(value, 'an effect')]))
}

/** What stays the same of a snooze while its end may change. */
export function toSnoozeRest({ caseId, budget, isReal }: SnoozeEntry): string {
  return JSON.stringify({ caseId, budget, isReal })
}

export function toSnooze(clusterId: string, kept: string): SnoozeEntry {
  const what = `a snooze of ${clusterId}`
  const [, fromMs, untilMs, rest] = /^(\d+) (\d+) (.*)$/s.exec(kept) ?? []
  const { caseId, budget, isReal } = document<Pick<SnoozeEntry, 'caseId' | 'budget' | 'isReal'>>(rest, what)
  return { clusterId, caseId, budget, isReal, fromMs: integer(fromMs, what), untilMs: integer(untilMs, what) }
}

/** The parameters of the intent, and over them what was found, one JSON text a line: a null takes a name away. */
function toParameters(fields: Record<string, string>, what: string): Record<string, unknown> {
  const found = (fields.found ?? '').split('\n').filter((line) => line !== '')
  return found.reduce<Record<string, unknown>>(
    (parameters, line) => patched(parameters, document(line, what)),
    document(fields.parameters, what),
  )
}

/** JSON merge patch, as the embedded store has it. Source: RFC 7396. */
function patched(target: Record<string, unknown>, patch: Record<string, unknown>): Record<string, unknown> {
  const result = { ...target }
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else result[name] = isObject(value) ? patched(isObject(result[name]) ? result[name] : {}, value) : value
  }
  return result
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
