/**
 * Text from outside is data. These functions make it safe to store and to show: nothing in it may be a secret, a command
 * to a reader's program, a link, or our own mark.
 */
const SECRETS: readonly RegExp[] = [
  /\bxox[a-z]-[A-Za-z0-9-]{8,}/g,
  /\bxapp-[A-Za-z0-9-]{8,}/g,
  /\bgh[a-z]_[A-Za-z0-9]{16,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{16,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?/g,
  /(?<=\b(?:Bearer|Basic)\s)[A-Za-z0-9._~+/=-]{8,}/gi,
  /(?<=\b(?:api[_-]?key|apikey|password|passwd|secret|token|servicekey)["']?\s?[=:]\s?["']?)[^\s"',;&]{6,}/gi,
  /(?<=:\/\/[^\s/:@]{1,100}:)[^\s/@]{1,200}(?=@)/g,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,8000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
]
/** What stands in a secret's place. */
const MASK = '[masked]'
/** Control characters but line feeds, and the invisible or direction-changing ones that can hide what a text says. */
const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu
/** Our own marks: only we may write one. */
const OWN_MARK = /kp-responder:/gi

/** The text with credentials replaced by `[masked]`. Done before anything from outside is stored. */
export function maskSecrets(text: string): string {
  return SECRETS.reduce((masked, secret) => masked.replace(secret, MASK), text)
}

/**
 * The text as one inert line of at most `limit` characters: no control or invisible characters, no working link, no
 * mention, no mark of ours. Cut by character, with an ellipsis.
 */
export function toInertText(text: string, limit: number): string {
  const line = maskSecrets(text)
    .replace(UNSEEN, ' ')
    .replace(OWN_MARK, 'kp-responder;')
    .replaceAll('://', '[:]//')
    .replace(/\bwww\./gi, 'www[.]')
    .replace(/@(?=\w)/g, '@ ')
    .replace(/\s+/g, ' ')
    .trim()
  return cut(line, limit)
}

/** At most `limit` characters, the last one an ellipsis where something was left out. Never splits a surrogate pair. */
export function cut(text: string, limit: number): string {
  const characters = [...text]
  return characters.length <= limit ? text : `${characters.slice(0, Math.max(0, limit - 1)).join('')}…`
}
