import type { NoteAction } from '../model/plan.ts'
import type { EffectIntent } from '../store/store.ts'
import type { PagerdutyActing } from './acknowledge.ts'
import { adoptFound, type EffectOutcome, receiptOf, sendOnce } from './effect.ts'
import { type Looking, lookFirst } from './look-first.ts'

/**
 * Ensures that an incident carries the note, once. Where it may have been sent already, the incident's notes are searched
 * for its mark first, once what was sent must have shown up.
 */
export async function ensureNote(acting: PagerdutyActing & Looking, action: NoteAction): Promise<EffectOutcome> {
  const { store, now, pagerduty } = acting
  const record = await store.effect(action.key)
  if (record?.state === 'done') return { kind: 'done', receipt: receiptOf('note', 'unchanged', { nowMs: now() }) }
  const intent: EffectIntent = {
    key: action.key,
    caseId: acting.caseId,
    action: 'note',
    target: action.incidentId,
    parameters: { marker: action.marker },
  }
  const before = lookFirst(record, acting)
  if (before.kind === 'wait') return { kind: 'later', atMs: before.untilMs, receipt: null }
  if (before.kind === 'look') {
    const notes = await pagerduty.notes(action.incidentId)
    if (notes.some((note) => note.content.includes(action.marker))) return adoptFound(acting, intent, { record })
  }
  return sendOnce(acting, intent, async () => {
    const note = await pagerduty
      .spending(action.pageStays ? 'page-note' : 'note')
      .addNote(action.incidentId, action.content)
    if (note.user?.type?.startsWith('user')) await acting.learnOwnId(note.user.id)
    return { result: 'created', link: null }
  })
}
