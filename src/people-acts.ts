import type { ActOutcome, PeopleActs } from './handlers/slack/asked-acts.ts'
import { type Case, withTimeline } from './model/case.ts'
import { openIssueByHand } from './open-issue-by-hand.ts'
import { keepExample, toExample } from './people/labelled-examples.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import type { Scheduler } from './scheduler.ts'
import type { Exclusive } from './store/exclusive.ts'
import type { Store } from './store/store.ts'

/** Turn over all replicas in which the list of examples is changed. */
const EXAMPLES_TURN = 'labelled-examples'

export interface PeopleActDeps {
  store: Store
  lock: Exclusive
  scheduler: Pick<Scheduler, 'wake'>
  reconciling: () => ReconcileDeps
}

interface Act {
  kind: string
  by: string
  record?: Record<string, unknown>
  what: string
}

/** What people ask from Slack beside the acts of the API; each is in the audit and in the case's history. */
export function createPeopleActs({ store, lock, scheduler, reconciling }: PeopleActDeps): PeopleActs {
  const { now } = reconciling()

  /** Runs under the case's lock, on the case as it is then; what is not over is looked at afterwards. */
  async function onCase(caseId: string, act: (subject: Case) => Promise<ActOutcome>): Promise<ActOutcome> {
    const found = await store.caseById(caseId)
    if (!found) return 'not-found'
    const outcome = await lock.run(found.groupKey, async () => {
      const subject = await store.caseById(caseId)
      if (!subject) return 'not-found'
      return subject.state === 'resolved' ? 'ended' : act(subject)
    })
    if (outcome === 'done' || outcome === 'unavailable') await scheduler.wake(found.groupKey)
    return outcome
  }

  async function save(subject: Case, { kind, by, record = {}, what }: Act): Promise<void> {
    await store.appendAudit({ kind, actor: by, record: { caseId: subject.id, ...record }, nowMs: now() })
    const told = withTimeline(subject, { at: new Date(now()).toISOString(), what, actor: by, link: null })
    await store.saveCase(told, { mergedUpTo: null, isSettled: false })
  }

  return {
    approve: (caseId, by, planHash) =>
      onCase(caseId, async (subject) => {
        if (subject.approval?.hash === planHash) return 'again'
        if (!isOffered(subject, planHash, now())) return 'stale'
        const approval = { hash: planHash, by, atMs: now() }
        const what = `approved: ${subject.plan?.headline ?? ''}`
        await save({ ...subject, approval }, { kind: 'approve', by, record: { planHash }, what })
        return 'done'
      }),
    decline: (caseId, by, planHash) =>
      onCase(caseId, async (subject) => {
        if (subject.approval?.hash === planHash) return 'stale'
        if (!subject.offer || !isOffered(subject, planHash, now())) return 'stale'
        const offer = { ...subject.offer, declinedBy: by }
        await save({ ...subject, offer }, { kind: 'decline', by, record: { planHash }, what: 'not now' })
        return 'done'
      }),
    openIssue: (caseId, by, planHash) =>
      onCase(caseId, async (subject) => {
        if (subject.plan?.hash !== planHash) return 'stale'
        await store.appendAudit({ kind: 'open-issue', actor: by, record: { caseId, planHash }, nowMs: now() })
        const outcome = await openIssueByHand(subject, by, reconciling())
        if (outcome.kind === 'refused') return { refused: outcome.why }
        const at = new Date(now()).toISOString()
        const told = withTimeline(outcome.subject, { at, what: 'open-issue', actor: by, link: outcome.link })
        await store.saveCase(told, { mergedUpTo: null, isSettled: false })
        return outcome.kind
      }),
    wrongVerdict: (caseId, by, { right, text }) =>
      onCase(caseId, async (subject) => {
        const example = toExample(subject, { right, text, by, nowMs: now() })
        await store.exclusive.run(EXAMPLES_TURN, () => keepExample(example, store))
        const record = {
          exampleId: example.id,
          right,
          text: example.text,
          given: example.alerts.map(({ given }) => given),
        }
        // As who takes the case by hand: what the responder holds quiet rings.
        const takenOver = { by: `operator ${by}`, what: 'wake', atMs: now() }
        const what = `wrong verdict: ${right} would be right`
        await save({ ...subject, takenOver, approval: null }, { kind: 'wrong-verdict', by, record, what })
        return 'done'
      }),
  }
}

/** True while the plan of this hash waits for somebody's word. */
function isOffered({ plan, offer, takenOver }: Case, planHash: string, nowMs: number): boolean {
  const asked = plan?.offer
  if (!asked || takenOver !== null || offer?.declinedBy) return false
  return asked.hash === planHash && nowMs < asked.untilMs
}
