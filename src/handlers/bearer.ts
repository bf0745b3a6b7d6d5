/** Longest Authorization header that is looked at. */
const LONGEST = 4_096
const BEARER = /^bearer +([\x21-\x7e]+)$/i

/**
 * The bearer token of a request's raw headers (name, value, name, value, ...), or null when there is none, more than one
 * Authorization header, or another scheme. Node itself would keep the first of several and say nothing.
 */
export function readBearer(rawHeaders: readonly string[]): string | null {
  const values = headerValues(rawHeaders, 'authorization')
  const [only] = values
  if (values.length !== 1 || only === undefined || only.length > LONGEST) return null
  return BEARER.exec(only)?.[1] ?? null
}

/** Every value that a request's raw headers hold for a header, in order. `name` is in lower case. */
export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
}
