/**
 * Text from outside is data. These functions make it safe to store and to show: nothing in it may be a secret, a command
 * to a reader's program, a link, or our own mark.
 */
/** Names under which a credential stands in `name=value`, at their end: IBMCLOUD_API_KEY ends as api_key does. */
const NAME =
  '(?:(?:api|access|account|integration|private|routing|service|signing)[_-]?key|passw(?:or)?d|passphrase|pwd|secret|token)'
const SECRET_NAME = new RegExp(`${NAME}$`, 'i')
/** What may stand between a name and its value, in YAML, a shell, an address, JSON, or JSON within JSON. */
const BETWEEN = String.raw`\\?["']?\s{0,10}[=:]\s{0,10}`
const SECRETS: readonly RegExp[] = [
  // First, since a value below would end at the first space of it. One that is cut has no end.
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|$)/g,
  /xox[a-z]-[A-Za-z0-9-]{8,}/g,
  /xapp-[A-Za-z0-9-]{8,}/g,
  /gh[a-z]_[A-Za-z0-9]{16,}/g,
  /github_pat_[A-Za-z0-9_]{16,}/g,
  /A(?:KIA|SIA)[0-9A-Z]{16}/g,
  // Bounded: it may begin at every hyphen.
  /(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{6,1000}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?/g,
  /(?<=hooks\.slack\.com\/[a-z]{1,20}\/)[^\s"'<>|]{8,}/gi,
  // "Basic authentication failed" tells no credential.
  /(?<=\b(?:Bearer|Basic)\s{1,10})(?!(?:auth(?:entication|ori[sz]ation|ori[sz]ed)|credentials?)\b)[A-Za-z0-9._~+/=-]{8,}/gi,
  // In quotes it may hold anything; else it ends where the next thing begins.
  new RegExp(String.raw`(?<=${NAME}${BETWEEN}")[^"\n]{6,}(?=")`, 'gi'),
  new RegExp(
    String.raw`(?<=(?:${NAME}${BETWEEN}|--${NAME}\s{1,3})(?:\\?["'])?)[^\s"',;&]{6,}?(?=\\?["',;&\s]|$)`,
    'gi',
  ),
  /(?<=:\/\/[^\s/:@]{0,100}:)[^\s/]{1,1000}(?=@)/g,
  /(?<=:\/\/)[^\s/:@]{20,1000}(?=@)/g,
]
/** What every text with a secret holds, whatever the case: without it none of the expressions above is tried. */
const SECRET_HINT =
  /-----BEGIN|xox|xapp-|gh[a-z]_|github_pat_|AKIA|ASIA|eyJ|hooks\.slack|bearer|basic|[a-z_-]key|passw|passphrase|pwd|secret|token|@/i
/** What stands in a secret's place. */
export const MASK = '[masked]'
/** Control characters but line feeds, and the invisible or direction-changing ones that can hide what a text says. */
const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu
/** Our own marks: only we may write one. */
const OWN_MARK = /kp-responder:/gi

/** The text with credentials replaced by `[masked]`. Done before anything from outside is stored. */
export function maskSecrets(text: string): string {
  if (!SECRET_HINT.test(text)) return text
  return SECRETS.reduce((masked, secret) => masked.replace(secret, MASK), text)
}

/** True for the name of a field whose whole value is a credential, such as `password` or `X-API-Key`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

/**
 * The text as one inert line of at most `limit` characters: no control or invisible characters, no working link, no
 * mention, no mark of ours. Cut by character, with an ellipsis.
 */
export function toInertText(text: string, limit: number): string {
  // Half a character is no text in JSON: an upstream may refuse all of it.
  const line = maskSecrets(text)
    .toWellFormed()
    .replace(UNSEEN, ' ')
    .replace(OWN_MARK, 'kp-responder;')
    .replaceAll('://', '[:]//')
    .replace(/\bwww\./gi, 'www[.]')
    .replace(/@(?=\S)/g, '@ ')
    .replace(/\s+/g, ' ')
    .trim()
  return cut(line, limit)
}

/** At most `limit` characters, the last one an ellipsis where something was left out. Never splits a surrogate pair. */
export function cut(text: string, limit: number): string {
  const characters = [...text]
  return characters.length <= limit ? text : `${characters.slice(0, Math.max(0, limit - 1)).join('')}…`
}
