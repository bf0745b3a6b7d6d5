/** A test that shows that a fault is survived: its file below `test/`, and a part of its full name. */
export interface FaultTest {
  file: string
  title: string
}

/** One way in which the world fails, what the responder holds to then, and the tests that show it. */
export interface Fault {
  what: string
  held: string
  /** Where the store takes part: the tests on each. */
  embedded?: readonly FaultTest[]
  redis?: readonly FaultTest[]
  /** Where the store takes no part, or a fault is of one store only. */
  tests?: readonly FaultTest[]
}

export function at(file: string, ...titles: string[]): FaultTest[] {
  return titles.map((title) => ({ file: `${file}.test.ts`, title }))
}

/** Tests that a file makes for each store, with the store's name before their own. */
export function onBoth(file: string, ...titles: string[]): Required<Pick<Fault, 'embedded' | 'redis'>> {
  const on = (store: string) => at(file, ...titles.map((title) => `on ${store} ${title}`))
  return { embedded: on('embedded'), redis: on('redis') }
}

/** All tests of a fault. */
export function testsOf({ embedded = [], redis = [], tests = [] }: Fault): FaultTest[] {
  return [...embedded, ...redis, ...tests]
}
