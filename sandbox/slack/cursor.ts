import { SlackError } from './call.ts'

/** An opaque cursor that names where the next page starts, so that new messages shift nothing. */
export function toCursor(kind: string, position: string): string {
  return Buffer.from(`${kind}:${position}`).toString('base64')
}

/** @throws SlackError `invalid_cursor`. */
export function fromCursor(kind: string, cursor: string): string {
  const plain = Buffer.from(cursor, 'base64').toString('utf8')
  if (!plain.startsWith(`${kind}:`)) throw new SlackError('invalid_cursor')
  return plain.slice(kind.length + 1)
}
