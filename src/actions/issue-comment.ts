import type { EffectIntent } from '../store/store.ts'
import { adoptFound, type EffectOutcome, receiptOf, sendOnce } from './effect.ts'
import type { GithubActing } from './issue.ts'
import { lookFirst } from './look-first.ts'

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
  /** What a later look needs to know of it. */
  parameters?: Record<string, unknown>
}

/**
 * Ensures that an issue carries the comment, once. Where it may have been sent already, the comments are searched
 * for the hidden mark first. A refused comment (locked issue) is not tried again.
 */
export async function ensureComment(acting: GithubActing, wanted: WantedComment): Promise<EffectOutcome> {
  const { store, now, client } = acting
  const record = await store.effect(wanted.key)
  if (record?.state === 'done' || record?.state === 'refused')
    return { kind: 'done', receipt: receiptOf('issue', 'unchanged', { nowMs: now() }) }
  const intent: EffectIntent = {
    key: wanted.key,
    caseId: acting.caseId,
    action: 'issue',
    target: wanted.repository,
    parameters: { ...wanted.parameters, number: wanted.number },
  }
  const before = lookFirst(record, acting)
  if (before.kind === 'wait') return { kind: 'later', atMs: before.untilMs, receipt: null }
  if (before.kind === 'look') {
    const comments = await client.listComments(wanted.number, before.sinceMs - CLOCK_TOLERANCE_MS)
    const found = comments.find(({ body }) => body.includes(wanted.marker))
    if (found) return adoptFound(acting, intent, { record, link: found.url })
  }
  const outcome = await sendOnce(acting, intent, async () => ({
    result: 'updated',
    link: (await client.addComment(wanted.number, wanted.body)).url,
  }))
  return outcome.kind === 'later' && outcome.receipt ? { kind: 'refused', receipt: outcome.receipt } : outcome
}
