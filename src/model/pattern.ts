import { RE2JS } from 're2js'

/** A compiled linear-time regular expression: hostile text can't make it slow. */
export interface Pattern {
  readonly source: string
  isIn(text: string): boolean
  /** The first match's groups by number, the whole match first; null when there is none. */
  match(text: string): string[] | null
}

/** Compiles RE2 syntax. @throws Error when the source is not RE2 (look-around and back-references are refused). */
export function compilePattern(source: string): Pattern {
  const compiled = RE2JS.compile(source)
  return {
    source,
    isIn: (text) => compiled.matcher(text).find(),
    match(text) {
      const matcher = compiled.matcher(text)
      if (!matcher.find()) return null
      return Array.from({ length: matcher.groupCount() + 1 }, (_unused, index) => matcher.group(index) ?? '')
    },
  }
}
