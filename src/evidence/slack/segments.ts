import { clusterIdTokens } from '../../model/cluster-id.ts'
import { maskSecrets } from '../../model/outside-text.ts'

/** Longest segment in UTF-16 units; what is longer goes on in the next one. */
const MAX_SEGMENT_LENGTH = 16_384
/** Most segments of one message. */
const MAX_SEGMENTS = 500
/** Stands where a long line was cut. */
const CUT_MARK = '…'

const WORD_CHARACTER = /[\p{L}\p{N}]/u

/**
 * The distinct, non-empty lines of the texts, secrets masked, quotes and spaces made plain, within the size bounds. Of a message with too
 * many lines those that name a cluster are kept first, because a lost one would read as "nobody said so".
 */
export function toSegments(texts: readonly string[]): string[] {
  const segments = new Set<string>()
  for (const text of texts) {
    for (const line of toPlain(maskSecrets(text)).split(/[\n\r\u2028\u2029]+/)) {
      for (const piece of pieces(line.trim())) if (piece !== '') segments.add(piece)
    }
  }
  const all = [...segments]
  if (all.length <= MAX_SEGMENTS) return all
  const naming = new Set(all.filter((segment) => clusterIdTokens(segment).length > 0).slice(0, MAX_SEGMENTS))
  let spare = MAX_SEGMENTS - naming.size
  return all.filter((segment) => naming.has(segment) || spare-- > 0)
}

function toPlain(text: string): string {
  return text
    .replace(/[\u2018\u2019\u201a\u201b]/g, "'")
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(/[\u00a0\u2007\u202f]/g, ' ')
}

/** Cuts a long line between words: a cut inside one could make a cluster id out of the part of a longer token. */
function pieces(line: string): string[] {
  const found: string[] = []
  let start = 0
  while (line.length - start > MAX_SEGMENT_LENGTH) {
    const end = start + MAX_SEGMENT_LENGTH
    let cut = end
    while (cut > start && isInsideWord(line, cut)) cut--
    // No word is that long; what is, names no cluster and goes.
    if (cut === start) {
      cut = end
      while (cut < line.length && isInsideWord(line, cut)) cut++
    } else {
      found.push(`${line.slice(start, cut)}${CUT_MARK}`)
    }
    start = cut
  }
  found.push(line.slice(start))
  return found
}

/** True where a cut at this place would part two word characters, or the two halves of one character. */
function isInsideWord(line: string, at: number): boolean {
  const isHalved = isLowSurrogate(line, at)
  const before = line.codePointAt(isLowSurrogate(line, at - 1) ? at - 2 : at - 1) ?? 0x20
  const after = line.codePointAt(at) ?? 0x20
  return (
    isHalved || (WORD_CHARACTER.test(String.fromCodePoint(before)) && WORD_CHARACTER.test(String.fromCodePoint(after)))
  )
}

function isLowSurrogate(line: string, at: number): boolean {
  const unit = line.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff
}
