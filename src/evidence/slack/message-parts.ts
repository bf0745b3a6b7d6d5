import { fromMrkdwn } from './mrkdwn.ts'
import { isNode, richTextLines } from './rich-text.ts'

/** Deepest nesting followed. Slack's own limits stay far below it; hostile JSON may not. */
const MAX_DEPTH = 12
/** Texts of an attachment, in the order in which Slack shows them. */
const ATTACHMENT_TEXTS = ['pretext', 'author_name', 'title', 'title_link', 'text', 'fallback', 'footer'] as const
/** Places of a block that hold one text or text object, or a list of them. */
const BLOCK_TEXTS = ['text', 'fields', 'title', 'description', 'alt_text', 'elements'] as const

/** Every text of message attachments, one entry for each place. */
export function attachmentLines(attachments: readonly unknown[], depth = 0): string[] {
  if (depth > MAX_DEPTH) return []
  return attachments.filter(isNode).flatMap((attachment) => [
    ...ATTACHMENT_TEXTS.map((key) => mrkdwnOf(attachment[key])),
    ...listOf(attachment.fields)
      .filter(isNode)
      .flatMap((field) => [mrkdwnOf(field.title), mrkdwnOf(field.value)]),
    ...blockLines(listOf(attachment.blocks), depth + 1),
    ...listOf(attachment.message_blocks).flatMap((shared) => sharedMessageLines(shared, depth + 1)),
    ...attachmentLines(listOf(attachment.attachments), depth + 1),
  ])
}

/** Every text of Block Kit blocks, one entry for each place. A block of a type not known yet gives what text it has. */
export function blockLines(blocks: readonly unknown[], depth = 0): string[] {
  if (depth > MAX_DEPTH) return []
  return blocks.filter(isNode).flatMap((block) => {
    switch (block.type) {
      case 'rich_text':
        return richTextLines(listOf(block.elements), MAX_DEPTH)
      case 'table':
        return listOf(block.rows).flatMap((row) => blockLines(listOf(row), depth + 1))
      case 'markdown':
      case 'raw_text':
        return [typeof block.text === 'string' ? block.text : '']
      case 'actions':
        return []
      default:
        return BLOCK_TEXTS.flatMap((key) => textOf(block[key], depth + 1))
    }
  })
}

/** A message shared into another carries its blocks as `{message: {blocks}}`. */
function sharedMessageLines(shared: unknown, depth: number): string[] {
  if (!isNode(shared)) return []
  const message = isNode(shared.message) ? shared.message : shared
  return [
    mrkdwnOf(message.text),
    ...blockLines(listOf(message.blocks), depth),
    ...attachmentLines(listOf(message.attachments), depth),
  ]
}

function textOf(value: unknown, depth: number): string[] {
  if (typeof value === 'string') return [fromMrkdwn(value)]
  if (depth > MAX_DEPTH) return []
  if (Array.isArray(value)) return value.flatMap((item) => textOf(item, depth + 1))
  return isNode(value) ? blockLines([value], depth + 1) : []
}

function mrkdwnOf(value: unknown): string {
  return typeof value === 'string' ? fromMrkdwn(value) : ''
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
