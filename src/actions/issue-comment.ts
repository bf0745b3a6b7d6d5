import type { EffectOutcome } from './effect.ts'
import { receiptOf, sendOnce } from './effect.ts'
import type { GithubActing } from './issue.ts'

/** How far GitHub's clock and ours may differ, in ms. */
const CLOCK_TOLERANCE_MS = 60_000

export interface WantedComment {
  key: string
  /** Number of the issue. */
  number: number
  repository: string
  body: string
  /** Hidden in the body, by which an earlier copy is found. */
  marker: string
}

/**
 * Ensures that an issue carries the comment, once. After a try without answer the comments are searched for the
 * hidden mark before anything is sent again. A refused comment (locked issue) is not tried again.
 */
export async function ensureComment(acting: GithubActing, wanted: WantedComment): Promise<EffectOutcome> {
  const { store, now, client } = acting
  const record = await store.effect(wanted.key)
  if (record?.state === 'done' || record?.state === 'refused')
    return { kind: 'done', receipt: receiptOf('issue', 'unchanged', { nowMs: now() }) }
  if (record?.state === 'intent') {
    const probeAtMs = record.intendedAtMs + acting.probeAfterMs
    if (now() < probeAtMs) return { kind: 'later', atMs: probeAtMs, receipt: null }
    const comments = await client.listComments(wanted.number, record.intendedAtMs - CLOCK_TOLERANCE_MS)
    const found = comments.find(({ body }) => body.includes(wanted.marker))
    if (found) {
      const receipt = receiptOf('issue', 'adopted', { nowMs: now(), link: found.url })
      await store.conclude(wanted.key, 'done', receipt, now())
      return { kind: 'done', receipt }
    }
  }
  const outcome = await sendOnce(
    acting,
    {
      key: wanted.key,
      caseId: acting.caseId,
      action: 'issue',
      target: wanted.repository,
      parameters: { number: wanted.number },
    },
    async () => ({ result: 'updated', link: (await client.addComment(wanted.number, wanted.body)).url }),
  )
  return outcome.kind === 'later' && outcome.receipt ? { kind: 'refused', receipt: outcome.receipt } : outcome
}
