/** What a route's body may be. `none`: the route reads no body. */
export type Accepts = 'json' | 'json-or-none' | 'json-or-text' | 'form'

const TYPES: Record<Accepts, readonly string[]> = {
  json: ['application/json'],
  'json-or-none': ['application/json'],
  'json-or-text': ['application/json', 'text/plain'],
  form: ['application/x-www-form-urlencoded'],
}
/** A type and at most one parameter, which may only be the charset that we decode. */
const CONTENT_TYPE = /^([a-z]+\/[a-z0-9.+-]+)[ \t]*(?:;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*;?[ \t]*)?$/

/** True when the content type is one that the route takes, in UTF-8 or with no charset said. */
export function isAccepted(contentType: string | undefined, accepts: Accepts, hasBody: boolean): boolean {
  if (contentType === undefined) return accepts === 'json-or-none' && !hasBody
  const type = CONTENT_TYPE.exec(contentType.trim().toLowerCase())?.[1]
  return type !== undefined && TYPES[accepts].includes(type)
}
