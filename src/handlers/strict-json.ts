/** Deepest nesting of a body. Alertmanager's own has 4 levels. */
const MAX_DEPTH = 32
const BOM = 0xfeff
/** Texts without any of these can't hold a prototype key or a lone surrogate. */
const SUSPICIOUS = /__proto__|constructor|\\u/

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes that are not the JSON they claim to be. The message names the fault, never the content. */
export class MalformedBodyError extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'MalformedBodyError'
  }
}

/** The text of UTF-8 bytes. @throws MalformedBodyError for any other encoding, or a byte order mark. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text: string
  try {
    text = UTF8.decode(bytes)
  } catch {
    throw new MalformedBodyError('not UTF-8')
  }
  if (text.charCodeAt(0) === BOM) throw new MalformedBodyError('byte order mark')
  return text
}

/**
 * The value of a JSON body. Nesting is measured before anything recursive sees it. Of duplicate keys the last one counts,
 * and this is the only parser of the body.
 * @throws MalformedBodyError for what is no JSON, too deep, or meant to reach an object's prototype.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes)
  refuseDepth(bytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new MalformedBodyError('not JSON')
  }
  if (SUSPICIOUS.test(text)) refuseOddities(value)
  return value
}

/** One pass over the bytes: brackets outside strings. */
function refuseDepth(bytes: Uint8Array): void {
  let depth = 0
  let isInString = false
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index]
    if (isInString) {
      if (byte === 0x5c) index += 1
      else if (byte === 0x22) isInString = false
    } else if (byte === 0x22) isInString = true
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1
      if (depth > MAX_DEPTH) throw new MalformedBodyError('nested too deep')
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1
  }
}

function refuseOddities(value: unknown): void {
  if (typeof value === 'string') refuseLoneSurrogate(value)
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) refuseOddities(item)
    return
  }
  for (const [key, item] of Object.entries(value)) {
    refuseLoneSurrogate(key)
    if (key === '__proto__') throw new MalformedBodyError('prototype key')
    if (key === 'constructor' && typeof item === 'object' && item !== null && Object.hasOwn(item, 'prototype')) {
      throw new MalformedBodyError('prototype key')
    }
    refuseOddities(item)
  }
}

function refuseLoneSurrogate(text: string): void {
  if (!text.isWellFormed()) throw new MalformedBodyError('lone surrogate')
}
