/** Which methods the registered routes take on a path. */
export interface KnownPaths {
  add(method: string | readonly string[], pattern: string): void
  /** Methods of the routes that the path matches; empty for an unknown path. */
  methodsOf(path: string): string[]
}

export function createKnownPaths(): KnownPaths {
  const known: { methods: readonly string[]; matcher: RegExp }[] = []
  return {
    add(method, pattern) {
      const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+')
      known.push({ methods: typeof method === 'string' ? [method] : method, matcher: new RegExp(`^${source}$`) })
    },
    methodsOf: (path) => [...new Set(known.flatMap(({ methods, matcher }) => (matcher.test(path) ? methods : [])))],
  }
}
