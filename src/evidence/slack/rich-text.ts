import { linkText } from './mrkdwn.ts'

/** A JSON object nobody has vouched for yet. */
export type Node = Readonly<Record<string, unknown>>

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The lines of a rich_text block: one for each section, quote, preformatted part and list item. Inline pieces are joined
 * as a person sees them, so that a word set half in bold stays one word. Rich text is not escaped.
 */
export function richTextLines(elements: readonly unknown[], depth: number): string[] {
  if (depth <= 0) return []
  const lines: string[] = []
  let inline = ''
  for (const element of elements) {
    if (!isNode(element)) continue
    if (Array.isArray(element.elements)) {
      lines.push(inline, ...richTextLines(element.elements, depth - 1))
      inline = ''
    } else {
      inline += inlineText(element)
    }
  }
  lines.push(inline)
  return lines.filter((line) => line !== '')
}

function inlineText(element: Node): string {
  const text = stringOf(element.text)
  switch (element.type) {
    case 'link':
      return linkText(stringOf(element.url), text)
    case 'user':
      return `<@${stringOf(element.user_id)}>`
    case 'channel':
      return `<#${stringOf(element.channel_id)}>`
    case 'usergroup':
      return `<!subteam^${stringOf(element.usergroup_id)}>`
    case 'broadcast':
      return `<!${stringOf(element.range)}>`
    case 'emoji':
      return `:${stringOf(element.name)}:`
    case 'date':
      return stringOf(element.fallback)
    default:
      return text
  }
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
