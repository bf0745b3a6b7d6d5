import { toldIssues } from '../evidence/issue-lookup.ts'
import type { Case } from '../model/case.ts'
import { hiddenMark } from '../model/issue.ts'
import type { Receipt } from '../model/plan.ts'
import { resolvedComment } from '../plan/issue-text.ts'
import type { GithubActing } from './issue.ts'
import { ensureComment } from './issue-comment.ts'

/**
 * Ensures that each issue which a resolved case was told on says once that it resolved. Returns what was done and when
 * to try again (ms), null when nothing is owed. Source: PRODUCT.md section 4, Re-judging.
 */
export async function sayResolved(
  subject: Case,
  acting: GithubActing,
  { repository, publicUrl }: { repository: string; publicUrl: string | null },
): Promise<{ receipts: Receipt[]; retryAtMs: number | null }> {
  const receipts: Receipt[] = []
  let retryAtMs: number | null = null
  for (const { clusterId, number } of await toldIssues(subject, acting.store, repository)) {
    // A case that is opened again by a flap ends once more.
    const identity = [clusterId, subject.id, String(subject.flaps)]
    const marker = hiddenMark('issue-resolved', ...identity)
    const outcome = await ensureComment(acting, {
      key: `issue-resolved/${identity.join('/')}`,
      number,
      repository,
      body: resolvedComment(subject, { publicUrl, nowMs: acting.now() }, marker),
      marker,
    })
    if (outcome.receipt) receipts.push(outcome.receipt)
    if (outcome.kind === 'later') retryAtMs = Math.min(retryAtMs ?? outcome.atMs, outcome.atMs)
  }
  return { receipts, retryAtMs }
}
