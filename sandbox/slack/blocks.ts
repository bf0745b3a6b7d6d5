import { z } from 'zod'
import { SlackError } from './call.ts'
import type { JsonObject } from './message.ts'
import { toStoredApiText } from './text.ts'

/** Blocks of one message. Source: Block Kit reference. */
export const MAX_BLOCKS = 50
/** All text of all blocks, characters. Undocumented; measured at about this by users of Bolt. */
export const MAX_BLOCK_TEXT_CHARACTERS = 13_200
const MAX_ATTACHMENTS = 100

const anyBlock = z.looseObject({ type: z.string() })
const text = (max: number) =>
  z.looseObject({ type: z.enum(['plain_text', 'mrkdwn']), text: z.string().min(1).max(max) })
const plain = (max: number) => z.looseObject({ type: z.literal('plain_text'), text: z.string().min(1).max(max) })
const id = z.string().max(255).optional()

const button = z.looseObject({
  type: z.literal('button'),
  text: plain(75),
  action_id: id,
  value: z.string().max(2000).optional(),
  url: z.string().max(3000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
})
const element = z.union([button, z.looseObject({ type: z.string().refine((type) => type !== 'button') })])

const block = z.discriminatedUnion('type', [
  z
    .looseObject({ type: z.literal('section'), block_id: id })
    .extend({ text: text(3000).optional(), fields: z.array(text(2000)).min(1).max(10).optional() })
    .refine((section) => section.text ?? section.fields, 'section needs text or fields'),
  z.looseObject({ type: z.literal('header'), block_id: id, text: plain(150) }),
  z.looseObject({ type: z.literal('divider'), block_id: id }),
  z.looseObject({ type: z.literal('context'), block_id: id, elements: z.array(anyBlock).min(1).max(10) }),
  z.looseObject({ type: z.literal('actions'), block_id: id, elements: z.array(element).min(1).max(25) }),
  z.looseObject({ type: z.literal('markdown'), block_id: id, text: z.string().min(1).max(12_000) }),
  z.looseObject({ type: z.literal('rich_text'), block_id: id, elements: z.array(anyBlock) }),
  z.looseObject({
    type: z.literal('image'),
    block_id: id,
    image_url: z.string().optional(),
    alt_text: z.string().max(2000),
  }),
  z.looseObject({ type: z.literal('input'), block_id: id, label: plain(2000), element: anyBlock }),
])

/**
 * The blocks as Slack stores them, each with a block id and its mrkdwn escaped.
 * @throws SlackError `invalid_blocks_format`, `invalid_blocks` or `msg_blocks_too_long`.
 */
export function parseBlocks(sent: unknown): JsonObject[] | undefined {
  if (sent === undefined || sent === null) return undefined
  if (!Array.isArray(sent)) throw new SlackError('invalid_blocks_format')
  const parsed = z.array(block).max(MAX_BLOCKS).safeParse(sent)
  if (!parsed.success)
    throw new SlackError('invalid_blocks', { response_metadata: { messages: toMessages(parsed.error) } })
  const actionIds = parsed.data
    .flatMap((one) => (one.type === 'actions' ? one.elements : []))
    .map((one) => one.action_id)
  const named = actionIds.filter((actionId) => actionId !== undefined)
  if (new Set(named).size < named.length) {
    throw new SlackError('invalid_blocks', { response_metadata: { messages: ['[ERROR] `action_id` must be unique'] } })
  }
  if (countText(parsed.data) > MAX_BLOCK_TEXT_CHARACTERS) throw new SlackError('msg_blocks_too_long')
  return parsed.data.map((one, index) => ({ block_id: `b${index}`, ...toStoredBlock(one) }))
}

/** @throws SlackError `invalid_attachments` or `too_many_attachments`. */
export function parseAttachments(sent: unknown): JsonObject[] | undefined {
  if (sent === undefined || sent === null) return undefined
  const parsed = z.array(z.record(z.string(), z.unknown())).safeParse(sent)
  if (!parsed.success) throw new SlackError('invalid_attachments')
  if (parsed.data.length > MAX_ATTACHMENTS) throw new SlackError('too_many_attachments')
  return parsed.data.map((attachment, index) => ({ ...toStoredBlock(attachment), id: index + 1 }))
}

/** Escapes what is mrkdwn; plain_text keeps its characters, only escaped as entities. */
function toStoredBlock(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toStoredValue(key, inner)]))
}

function toStoredValue(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => toStoredValue('', one))
  if (typeof value === 'object' && value !== null) return toStoredBlock({ ...value })
  if (typeof value === 'string' && ['text', 'pretext', 'fallback', 'title'].includes(key)) return toStoredApiText(value)
  return value
}

function countText(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + countText(one), 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce(
    (sum, [key, inner]) => sum + (key === 'text' && typeof inner === 'string' ? inner.length : countText(inner)),
    0,
  )
}

function toMessages(error: z.ZodError): string[] {
  return error.issues.map((issue) => `[ERROR] ${issue.message} [json-pointer:/blocks/${issue.path.join('/')}]`)
}
