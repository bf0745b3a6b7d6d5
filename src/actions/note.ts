import type { NoteAction } from '../model/plan.ts'
import type { PagerdutyActing } from './acknowledge.ts'
import { type EffectOutcome, receiptOf, sendOnce } from './effect.ts'

/**
 * Ensures that an incident carries the note, once. An intent without receipt waits until what was sent must have shown
 * up, then the incident's notes are searched for its mark before anything is sent again.
 */
export async function ensureNote(
  acting: PagerdutyActing & { probeAfterMs: number },
  action: NoteAction,
): Promise<EffectOutcome> {
  const { store, now, pagerduty } = acting
  const record = await store.effect(action.key)
  if (record?.state === 'done') return { kind: 'done', receipt: receiptOf('note', 'unchanged', { nowMs: now() }) }
  if (record?.state === 'intent') {
    const probeAtMs = record.intendedAtMs + acting.probeAfterMs
    if (now() < probeAtMs) return { kind: 'later', atMs: probeAtMs, receipt: null }
    const notes = await pagerduty.notes(action.incidentId)
    if (notes.some((note) => note.content.includes(action.marker))) {
      const receipt = receiptOf('note', 'adopted', { nowMs: now() })
      await store.conclude(action.key, 'done', receipt, now())
      return { kind: 'done', receipt }
    }
  }
  return sendOnce(
    acting,
    {
      key: action.key,
      caseId: acting.caseId,
      action: 'note',
      target: action.incidentId,
      parameters: { marker: action.marker },
    },
    async () => {
      const note = await pagerduty.addNote(action.incidentId, action.content)
      if (note.user?.type?.startsWith('user')) await acting.learnOwnId(note.user.id)
      return { result: 'created', link: null }
    },
  )
}
