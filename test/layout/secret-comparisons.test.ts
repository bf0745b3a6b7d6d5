import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { z } from 'zod'

const ROOT = resolve(import.meta.dirname, '../..')
const RULE = './scripts/lint/secrets-by-safe-equal.grit'
const Report = z.object({
  diagnostics: z.array(
    z.object({ category: z.string(), location: z.object({ start: z.object({ line: z.number() }) }) }),
  ),
})

/** Lines as somebody might write them, each by what is wrong with it. */
const REFUSED: Record<string, string> = {
  'a token that is compared': 'export const a1 = (token: string, b: string) => token === b',
  'on the other side, and not equal': 'export const a2 = (x: { secret: string }, b: string) => b !== x.secret',
  loosely: 'export const a3 = (b: string, webhookToken: string) => b == webhookToken',
  'a secret read at its use': 'export const a4 = (x: { token: { read(): string } }, b: string) => x.token.read() === b',
  'a signature by an optional member':
    'export const a5 = (x: { signature: string } | null, b: string) => x?.signature === b',
  'a list that is searched': 'export const a6 = (tokens: string[], bearer: string) => tokens.includes(bearer)',
  'a digest that another begins with': 'export const a7 = (b: string, digest: string) => b.startsWith(digest)',
  bytes: 'export const a8 = (b: Buffer, expectedSignature: Buffer) => b.equals(expectedSignature)',
}
const ALLOWED: Record<string, string> = {
  'whether there is one': "export const b1 = (token: string | null) => token === null || token !== ''",
  'what type it has': "export const b2 = (token: unknown) => typeof token === 'string'",
  'how long it is': 'export const b3 = (token: string, b: string) => token.length === b.length',
  'a kind that is written in the code': "export const b4 = (x: { secret: string }) => x.secret === 'none'",
  'another thing': 'export const b5 = (name: string, b: string) => name === b',
}
const lines = { ...REFUSED, ...ALLOWED }

let directory: string
let refused: Set<string>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kp-lint-'))
  await writeFile(join(directory, 'biome.json'), JSON.stringify({ root: true, plugins: [join(ROOT, RULE)] }))
  await writeFile(join(directory, 'planted.ts'), `${Object.values(lines).join('\n')}\n`)
  const { diagnostics } = Report.parse(JSON.parse(await lint()))
  const numbers = diagnostics.flatMap(({ category, location }) => (category === 'plugin' ? [location.start.line] : []))
  refused = new Set(Object.keys(lines).filter((_what, index) => numbers.includes(index + 1)))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** It exits with 1 where it finds something, as it does here. */
function lint(): Promise<string> {
  const biome = join(ROOT, 'node_modules/.bin/biome')
  const options = ['lint', '--reporter=json', 'planted.ts']
  return new Promise((settle) => execFile(biome, options, { cwd: directory }, (_error, stdout) => settle(stdout)))
}

describe('the check of src', () => {
  test('refuses a comparison of secrets that is not safeEqual', async () => {
    const biome = z
      .object({ plugins: z.array(z.unknown()) })
      .parse(JSON.parse(await readFile(join(ROOT, 'biome.json'), 'utf8')))
    expect(biome.plugins).toContainEqual({ path: RULE, includes: ['**/src/**'] })
  })

  test.each(Object.keys(REFUSED))('refuses %s', (what) => {
    expect(refused).toContain(what)
  })

  test.each(Object.keys(ALLOWED))('lets stand %s', (what) => {
    expect(refused).not.toContain(what)
  })
})
