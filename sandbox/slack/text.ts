/** Longest text Slack keeps of a message, in characters; the rest is cut without a word. Source: chat.postMessage. */
export const MAX_TEXT_CHARACTERS = 40_000

/** Longest text chat.update takes, in characters. Source: chat.update, `msg_too_long`. */
export const MAX_UPDATE_TEXT_CHARACTERS = 4_000

const CONTROL_SEQUENCE =
  /<(?:@[UW][A-Z0-9]+|#C[A-Z0-9]+|![a-z]+|!subteam\^[A-Z0-9]+|!date\^\d+\^[^<>]*|(?:https?|mailto|tel):[^<>\s|]+)(?:\|[^<>]*)?>/g
const BARE_LINK = /https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)'"]/g

/** What a person or bot typed, as Slack stores and returns it: the three characters escaped, links in angle brackets. */
export function toStoredText(plain: string): string {
  return escapeText(plain).replace(BARE_LINK, '<$&>')
}

/**
 * Text sent to the API, as Slack stores it: entities and control sequences are kept, everything else is escaped. So an
 * unescaped `<!channel>` out of a log line does become a mention here, as it would in the real channel.
 */
export function toStoredApiText(sent: string): string {
  let stored = ''
  let from = 0
  for (const match of sent.matchAll(CONTROL_SEQUENCE)) {
    stored += escapeOnce(sent.slice(from, match.index)).replace(BARE_LINK, '<$&>') + match[0]
    from = match.index + match[0].length
  }
  return stored + escapeOnce(sent.slice(from)).replace(BARE_LINK, '<$&>')
}

/** The first 40,000 characters; characters, not UTF-16 units, so that no surrogate pair is cut. */
export function truncateText(text: string): string {
  if (text.length <= MAX_TEXT_CHARACTERS) return text
  return [...text].slice(0, MAX_TEXT_CHARACTERS).join('')
}

/** Exactly `&`, `<` and `>` escaped. */
export function escapeText(plain: string): string {
  return plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function escapeOnce(sent: string): string {
  return sent
    .replace(/&(?!(?:amp|lt|gt);)/g, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
