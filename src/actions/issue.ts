import type { GithubClient, GithubIssue } from '../clients/github.ts'
import { isTransient, TerminalError } from '../errors.ts'
import { isOpenedBy } from '../evidence/issue-lookup.ts'
import { ISSUE_KEY_PREFIX } from '../model/issue.ts'
import type { IssueAction, Receipt } from '../model/plan.ts'
import type { Exclusive } from '../store/exclusive.ts'
import type { EffectIntent, EffectRecord, Store } from '../store/store.ts'
import { adoptFound, type EffectOutcome, type Journal, receiptOf, sendOnce } from './effect.ts'
import { ensureComment } from './issue-comment.ts'
import { lookFirst } from './look-first.ts'

/** How far GitHub's clock and ours may differ when a new issue is told from an old one, in ms. */
const CLOCK_TOLERANCE_MS = 60_000
const HOUR_MS = 3_600_000
const RETRY_MS = 5_000

export interface GithubActing extends Journal {
  store: Journal['store'] & Pick<Store, 'countEffects' | 'history'>
  client: GithubClient
  /** One for the whole process: cases of one cluster wait for each other. */
  lock: Exclusive
  caseId: string
  /** When the case began (ms): nothing was sent for it before. */
  beganAtMs: number
  probeAfterMs: number
  /** Issues that may be opened in any hour, over all clusters. */
  issuesPerHour: number
}

/**
 * Ensures that the deleted cluster has one open issue, and that this case is told on it: by its body where this case
 * opened it, else by one comment. An issue that is there already is found by the journal, then by its hidden mark.
 * Source: PRODUCT.md section 5, GitHub issue.
 */
export function ensureIssue(acting: GithubActing, action: IssueAction): Promise<EffectOutcome> {
  return acting.lock.run(`${ISSUE_KEY_PREFIX}${action.clusterId}`, async () => {
    const outcome = await quietly(acting, action, () => ensureOpened(acting, action))
    if (outcome.kind !== 'done') return outcome
    const record = await acting.store.effect(action.key)
    const number = record?.parameters.number
    if (!record || typeof number !== 'number') return outcome
    const isOwn = isOpenedBy(record, acting.caseId)
    const told = isOwn ? outcome : await ensureTold(acting, action, { number, opened: outcome })
    if (told.kind !== 'done' || told.receipt.result !== 'unchanged') return told
    return (await addRegistrations(acting, action, { number, toldBy: isOwn ? action.key : action.comment.key })) ?? told
  })
}

/** What this case says on an issue that it did not open. */
async function ensureTold(
  acting: GithubActing,
  { repository, comment, lacksRegistrations }: IssueAction,
  { number, opened }: { number: number; opened: { kind: 'done'; receipt: Receipt } },
): Promise<EffectOutcome> {
  const said = await ensureComment(acting, { ...comment, number, repository, parameters: { lacksRegistrations } })
  // The news worth a receipt is the issue itself where it was just found; the comment is in the journal.
  return said.kind === 'done' && opened.receipt.result !== 'unchanged' ? opened : said
}

/**
 * Adds which registrations there are, once, where that was not known when this case was told on the issue. Null where
 * nothing is to be added. Once it is there the plan is made again: what people see links to it.
 */
async function addRegistrations(
  acting: GithubActing,
  { repository, registrations }: IssueAction,
  { number, toldBy }: { number: number; toldBy: string },
): Promise<EffectOutcome | null> {
  const { key, body, marker } = registrations
  if (body === null || (await acting.store.effect(toldBy))?.parameters.lacksRegistrations !== true) return null
  const added = await ensureComment(acting, { key, body, marker, number, repository })
  return added.kind === 'done' && added.receipt.result !== 'unchanged'
    ? { kind: 'changed', receipt: added.receipt }
    : added
}

async function ensureOpened(acting: GithubActing, action: IssueAction): Promise<EffectOutcome> {
  const { store, now } = acting
  const record = await store.effect(action.key)
  if (record?.state === 'done') {
    return { kind: 'done', receipt: receiptOf('issue', 'unchanged', { nowMs: now(), link: action.url }) }
  }
  const before = lookFirst(record, acting)
  if (before.kind === 'wait') return { kind: 'later', atMs: before.untilMs, receipt: null }
  const triedSinceMs = before.kind === 'look' ? before.sinceMs - CLOCK_TOLERANCE_MS : null
  const found = await findIssue(acting.client, action, triedSinceMs)
  if (found) {
    // One that we can't have tried to open was opened in an earlier life: it tells of another case.
    const isOwn = record?.state === 'intent' || (triedSinceMs !== null && found.createdAtMs >= triedSinceMs)
    const intent = toIntent({ caseId: acting.caseId, openedFor: isOwn ? acting.caseId : null }, action)
    return adoptFound(acting, intent, {
      record: record?.state === 'intent' ? record : null,
      link: found.url,
      found: { number: found.number, url: found.url },
    })
  }
  if (!(await reserve(acting, action, record))) return { kind: 'changed', receipt: null }
  return open(acting, action)
}

/** Sends the issue, once. What failed is said in the receipt, so that people learn why there is none yet. */
async function open(acting: GithubActing, action: IssueAction): Promise<EffectOutcome> {
  let trouble = ''
  const outcome = await sendOnce(
    acting,
    toIntent({ caseId: acting.caseId, openedFor: acting.caseId }, action),
    async () => {
      const made = await acting.client.createIssue(action).catch((error: unknown) => {
        trouble = error instanceof Error ? error.message : ''
        throw error
      })
      const missing = action.labels.filter((label) => !hasLabel(made.labels, label))
      const why = missing.length > 0 ? `GitHub left out the labels ${missing.join(', ')}: we may not set them` : null
      return { result: 'created', link: made.url, found: { number: made.number, url: made.url }, why }
    },
  )
  if (outcome.kind !== 'later') return outcome
  // Credentials that are refused are in the journal as refused: the next plan says so.
  if (outcome.receipt) return { kind: 'refused', receipt: outcome.receipt }
  return { ...outcome, receipt: troubleReceipt(acting, trouble) }
}

/**
 * The issue that carries our mark: an open one, the lowest number first; where it may have been opened without our knowing
 * also a closed one that is new. Asked by label, and then also without, since GitHub drops labels that we may not set.
 */
async function findIssue(
  client: GithubClient,
  { labels, marker }: IssueAction,
  sinceMs: number | null,
): Promise<GithubIssue | null> {
  const listed = await client.listIssues({ labels, state: 'all' })
  const recent = sinceMs === null ? [] : await client.listIssues({ labels: [], state: 'all', sinceMs })
  const [first] = [...listed, ...recent]
    .filter(({ body }) => body.includes(marker))
    .filter(({ state, createdAtMs }) => state === 'open' || (sinceMs !== null && createdAtMs >= sinceMs))
    .sort((a, b) => Number(a.state === 'closed') - Number(b.state === 'closed') || a.number - b.number)
  return first ?? null
}

/** Makes the intent durable if the hour's budget allows one more. One at a time, so that two can't take the last place. */
function reserve(acting: GithubActing, action: IssueAction, record: EffectRecord | null): Promise<boolean> {
  if (record?.state === 'intent') return Promise.resolve(true)
  return acting.lock.run('issues-per-hour', async () => {
    const { store, now } = acting
    if ((await store.countEffects(ISSUE_KEY_PREFIX, now() - HOUR_MS)) >= acting.issuesPerHour) return false
    await store.intend(toIntent({ caseId: acting.caseId, openedFor: acting.caseId }, action), now())
    return true
  })
}

function toIntent(
  { caseId, openedFor }: { caseId: string; openedFor: string | null },
  { key, repository, clusterId, lacksRegistrations }: IssueAction,
): EffectIntent {
  const parameters = { clusterId, openedFor, lacksRegistrations }
  return { key, caseId, action: 'issue', target: repository, parameters }
}

/** A failed look for an earlier issue ends like a failed write: a refusal stands in the journal, and the next plan knows it. */
async function quietly(
  { store, now, caseId }: GithubActing,
  action: IssueAction,
  work: () => Promise<EffectOutcome>,
): Promise<EffectOutcome> {
  try {
    return await work()
  } catch (error) {
    if (isTransient(error)) {
      const atMs = now() + Math.max(RETRY_MS, error.retryAfterMs ?? 0)
      return { kind: 'later', atMs, receipt: troubleReceipt({ now }, error.message) }
    }
    if (!(error instanceof TerminalError)) throw error
    const receipt = receiptOf('issue', 'refused', { nowMs: now(), why: error.message })
    const { key, repository, clusterId } = action
    if ((await store.effect(key))?.state !== 'intent')
      await store.intend({ key, caseId, action: 'issue', target: repository, parameters: { clusterId } }, now())
    await store.conclude(key, 'refused', receipt, now())
    return { kind: 'refused', receipt }
  }
}

function troubleReceipt({ now }: Pick<Journal, 'now'>, trouble: string): Receipt {
  return receiptOf('issue', 'refused', { nowMs: now(), why: `${trouble}; trying again` })
}

function hasLabel(labels: readonly string[], wanted: string): boolean {
  return labels.some((label) => label.toLowerCase() === wanted.toLowerCase())
}
