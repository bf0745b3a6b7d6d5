import { decodeUtf8, MalformedBodyError, parseStrictJson } from '../strict-json.ts'

/** The JSON object that a body holds. @throws MalformedBodyError when it holds anything else. */
export function parseJsonObject(bytes: Uint8Array): Record<string, unknown> {
  const value = parseStrictJson(bytes)
  if (!isObject(value)) throw new MalformedBodyError('no object')
  return value
}

/**
 * The object that a form means: the JSON in its `payload`, or a slash command's own fields; `ssl_check` for Slack's look at
 * our certificate, which asks for nothing; null for any other form.
 */
export function parseForm(bytes: Uint8Array): Record<string, unknown> | 'ssl_check' | null {
  const form = new URLSearchParams(decodeUtf8(bytes))
  if (form.has('ssl_check')) return 'ssl_check'
  const payload = form.get('payload')
  if (payload !== null) return parseJsonObject(Buffer.from(payload))
  return form.has('command') ? Object.fromEntries(form) : null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
