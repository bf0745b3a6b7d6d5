import { maskSecrets } from '../../model/outside-text.ts'
import type { InteractionDeps } from './interaction-deps.ts'

/** Slack gives up on an answer after 3 s: work that takes longer than this goes on after the acknowledgement, in ms. */
const ACKNOWLEDGE_WITHIN_MS = 2_000

/** Why something does not come from our own workspace and app, or null. What can't be checked does not. */
export async function foreignWhy(
  from: { team: string | undefined; app: string | undefined },
  { identity, logger }: Pick<InteractionDeps, 'identity' | 'logger'>,
): Promise<string | null> {
  try {
    const own = await identity()
    if (from.team !== own.teamId) return 'it comes from another workspace'
    if (own.appId !== null && from.app !== undefined && from.app !== own.appId) return 'it comes from another app'
    return null
  } catch (error) {
    logger.warn({ err: error }, 'slack could not say who we are')
    return 'Slack does not say which workspace is ours: try again'
  }
}

/** Acknowledges when the work is done, or before Slack gives up. Work that fails in time fails the request, so that people see it. */
export async function acknowledgeInTime(work: Promise<unknown>, ack: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ACKNOWLEDGE_WITHIN_MS)
  })
  try {
    await Promise.race([work, patience])
  } finally {
    clearTimeout(timer)
  }
  await ack()
  await work
}

/** An audit line and the words for the one who pressed, and nothing else. */
export async function refuse(
  { by, ...what }: { by: string; button: string; caseId?: string },
  why: string,
  { store, now }: Pick<InteractionDeps, 'store' | 'now'>,
): Promise<string> {
  const { button, caseId = null } = what
  const record = { what: button, caseId: caseId === null ? null : maskSecrets(caseId), why }
  await store.appendAudit({ kind: 'slack-refused', actor: by, record, nowMs: now() })
  return `refused: ${why}`
}
