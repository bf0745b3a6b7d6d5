import fc from 'fast-check'

/** Values that have broken programs before. */
const WEIRD: readonly unknown[] = [
  null,
  true,
  '',
  ' ',
  0,
  -1,
  0.5,
  Number.MAX_SAFE_INTEGER + 2,
  1e308,
  [],
  {},
  [[]],
  [null],
  '\u0000',
  '\ud800',
  '\u202e\u200b\ufeff',
  '__proto__',
  'constructor',
  'toString',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '<!channel> <@U0ADA> *b* `c`',
  "'; DROP TABLE cases; --",
  '\r\nset-cookie: x=1\r\n',
  '../../etc/passwd',
  'ſ'.repeat(200),
  'a'.repeat(70_000),
  '0001-01-01T00:00:00Z',
  '+275760-09-13T00:00:00.000Z',
  '9'.repeat(400),
  Array.from({ length: 3_000 }, () => 'x'),
  Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`k${at}`, at])),
]
const weird = fc.oneof(
  fc.constantFrom(...WEIRD),
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
)

/** A change somewhere in a value: where, by numbers that lead down into it, and what. */
const change = fc.record({
  steps: fc.array(fc.nat(30), { minLength: 1, maxLength: 7 }),
  what: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'rename', 'double', 'wrap'),
  value: weird,
})
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

/** One to three changes of a good payload. */
export function mutated(good: readonly (() => unknown)[]): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.nat(good.length - 1), fc.array(change, { maxLength: 3 }))
    .map(([which, changes]) => changes.reduce(changed, good[which]?.()))
}

function changed(value: unknown, { steps, what, value: other }: Change): unknown {
  const [step = 0, ...deeper] = steps
  const entries = entriesOf(value)
  if (entries.length === 0) return other
  const at = step % entries.length
  const [key = '', inside] = entries[at] ?? []
  // The last step changes what it leads to; a leaf ends the way sooner.
  const isThere = deeper.length === 0 || entriesOf(inside).length === 0
  if (!isThere) entries[at] = [key, changed(inside, { steps: deeper, what, value: other })]
  else if (what === 'remove') entries.splice(at, 1)
  else if (what === 'rename') entries[at] = [String(other).slice(0, 100), inside]
  else if (what === 'double') entries.push([`${key}2`, inside])
  else if (what === 'wrap') entries[at] = [key, [inside]]
  else entries[at] = [key, other]
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries)
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

const TOKENS = [
  '1e999',
  '-0',
  '"__proto__":1,',
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  '\ufeff',
  '\\ud800',
  '\\u0000',
  '\u0000',
  '/*',
  'NaN',
  '%00',
  '&',
  '=',
]
const splice = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.nat(20),
  put: fc.oneof(fc.constantFrom(...TOKENS.map((token) => Buffer.from(token))), fc.uint8Array({ maxLength: 30 })),
})

/** Bytes with up to four places changed: dropped, or with tokens or any bytes put in. */
export function spliced(bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc.tuple(bytes, fc.array(splice, { maxLength: 4 })).map(([good, splices]) =>
    splices.reduce((given, { at, drop, put }) => {
      const place = Math.floor(at * given.length)
      return Buffer.concat([given.subarray(0, place), put, given.subarray(place + drop)])
    }, good),
  )
}

/** Bytes of any kind. */
export const anyBytes: fc.Arbitrary<Buffer> = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes))
