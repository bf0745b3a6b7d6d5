import type { MessageAuthor } from '../../model/slack-message.ts'

/**
 * True when what this author posts may permit a snooze or an issue: its bot or app id is listed. An empty list lets any
 * bot count in shadow (`any-bot-when-empty`) and nobody in live (`none-when-empty`). People never count.
 * Source: the policy's `channels.*.authors`.
 */
export function isListedAuthor(
  author: MessageAuthor,
  authors: readonly string[],
  mode: 'any-bot-when-empty' | 'none-when-empty',
): boolean {
  const ids = [author.botId, author.appId].filter((id) => id !== null)
  if (authors.length > 0) return ids.some((id) => authors.includes(id))
  switch (mode) {
    case 'any-bot-when-empty':
      return ids.length > 0
    case 'none-when-empty':
      return false
    default:
      return mode satisfies never
  }
}
