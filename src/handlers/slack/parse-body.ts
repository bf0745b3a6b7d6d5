import { decodeUtf8, MalformedBodyError, parseStrictJson } from '../strict-json.ts'

/** The JSON object that a body holds. @throws MalformedBodyError when it holds anything else. */
export function parseJsonObject(bytes: Uint8Array): Record<string, unknown> {
  const value = parseStrictJson(bytes)
  if (!isObject(value)) throw new MalformedBodyError('no object')
  return value
}

/** What a form of Slack's asks: an interaction, a slash command, or nothing, where it only looks at our certificate. */
export type SlackForm =
  | { kind: 'interaction'; payload: Record<string, unknown> }
  | { kind: 'command'; fields: Record<string, string> }
  | { kind: 'ssl_check' }

/** Null for any other form. @throws MalformedBodyError when its payload is no JSON object. */
export function parseForm(bytes: Uint8Array): SlackForm | null {
  const form = new URLSearchParams(decodeUtf8(bytes))
  if (form.has('ssl_check')) return { kind: 'ssl_check' }
  const payload = form.get('payload')
  if (payload !== null) return { kind: 'interaction', payload: parseJsonObject(Buffer.from(payload)) }
  return form.has('command') ? { kind: 'command', fields: Object.fromEntries(form) } : null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
