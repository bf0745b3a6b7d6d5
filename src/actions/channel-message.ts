import type { SlackClient, SlackMessageRef, WriteUrgency } from '../clients/slack.ts'
import type { Receipt, SlackBlock } from '../model/plan.ts'
import type { EffectIntent, Store } from '../store/store.ts'
import { adoptFound, type EffectOutcome, receiptOf, sendOnce } from './effect.ts'
import { lookFirst } from './look-first.ts'

/** A message that is kept in the notify channel under one identity and edited in place. */
export interface ChannelMessage {
  /** Identity of the message for ever: it is posted once. Kept in its metadata, so that a lost post is found again. */
  key: string
  /** Whose journal it stands in. */
  caseId: string
  /** When what it tells of began (ms): it can't have been posted before. */
  beganAtMs: number
  /** Changes whenever the message should look different. */
  contentKey: string
  text: string
  blocks: SlackBlock[]
  /** Default: `news`. */
  urgency?: WriteUrgency
}

export interface ChannelMessageDeps {
  store: Pick<Store, 'effect' | 'intend' | 'conclude' | 'withdraw' | 'history'>
  client: SlackClient
  channel: { id: string; name: string }
  now: () => number
  probeAfterMs: number
  /** As of the journal. */
  elapsed?: () => number
}

type Ensured = { kind: 'done'; ref: SlackMessageRef; receipt: Receipt } | { kind: 'not-yet'; outcome: EffectOutcome }

/** How far back of the earliest time a lost post is searched for, in ms: clocks differ. */
const PROBE_MARGIN_MS = 60_000

/** Ensures that the message stands in the channel as it should look: posted once, edited when it differs. */
export async function ensureChannelMessage(
  message: ChannelMessage,
  known: SlackMessageRef | null,
  deps: ChannelMessageDeps,
): Promise<Ensured> {
  const posted = await ensurePosted(message, known, deps)
  if (posted.outcome.kind !== 'done' || posted.ref === null) return { kind: 'not-yet', outcome: posted.outcome }
  const { ref } = posted
  if (posted.isCurrent) return { kind: 'done', ref, receipt: posted.outcome.receipt }
  const { client, store, now } = deps
  const edited = await sendOnce(
    { store, now },
    {
      key: `${message.key}/edit/${message.contentKey}`,
      caseId: message.caseId,
      action: 'slack',
      target: ref.channel,
      parameters: { ts: ref.ts },
    },
    async () => {
      const { text, blocks, urgency = 'news' } = message
      await client.updateMessage({ ...ref, text, blocks, metadataKey: message.key, urgency })
      return { result: 'updated', link: client.permalink(ref.channel, ref.ts) }
    },
  )
  return edited.kind === 'done' ? { kind: 'done', ref, receipt: edited.receipt } : { kind: 'not-yet', outcome: edited }
}

interface Posted {
  outcome: EffectOutcome
  ref: SlackMessageRef | null
  /** It was posted just now and looks as it should. */
  isCurrent: boolean
}

/** The message where it is: known, in the journal, found again by its metadata, or posted now. */
async function ensurePosted(
  message: ChannelMessage,
  known: SlackMessageRef | null,
  deps: ChannelMessageDeps,
): Promise<Posted> {
  const { store, client, channel, now, elapsed } = deps
  const done = (ref: SlackMessageRef): Posted => ({
    outcome: { kind: 'done', receipt: receiptOf('slack', 'unchanged', { nowMs: now() }) },
    ref,
    isCurrent: false,
  })
  if (known) return done({ channel: known.channel, ts: known.ts })
  const record = await store.effect(message.key)
  const journaled = record?.state === 'done' ? toRef(record.parameters) : null
  if (journaled) return done(journaled)
  const target = channel.id || (await client.findChannelByName(channel.name))?.id || channel.name
  const intent: EffectIntent = {
    key: message.key,
    caseId: message.caseId,
    action: 'slack',
    target,
    parameters: {},
  }
  const before = lookFirst(record, { ...deps, beganAtMs: message.beganAtMs })
  if (before.kind === 'wait')
    return { outcome: { kind: 'later', atMs: before.untilMs, receipt: null }, ref: null, isCurrent: false }
  if (before.kind === 'look') {
    const sinceMs = before.sinceMs - PROBE_MARGIN_MS
    const found = await client.findOwnMessage(target, { sinceMs, metadataKey: message.key })
    if (found) {
      const link = client.permalink(found.channel, found.ts)
      await adoptFound({ store, now }, intent, { record, link, found: { ...found } })
      return done(found)
    }
  }
  let ref: SlackMessageRef | null = null
  const outcome = await sendOnce({ store, now, ...(elapsed ? { elapsed } : {}) }, intent, async (renew) => {
    ref = await client.postMessage({
      channel: target,
      text: message.text,
      blocks: message.blocks,
      metadataKey: message.key,
      urgency: message.urgency ?? 'news',
      // It may wait for many others: one post a second.
      beforeSend: renew,
    })
    return { result: 'created', link: client.permalink(ref.channel, ref.ts), found: { ...ref } }
  })
  return { outcome, ref, isCurrent: true }
}

function toRef(parameters: Record<string, unknown>): SlackMessageRef | null {
  const { channel, ts } = parameters
  return typeof channel === 'string' && typeof ts === 'string' ? { channel, ts } : null
}
