import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'

const ROOT = resolve(import.meta.dirname, '../..')
const Restriction = z.object({
  includes: z.array(z.string()),
  linter: z.object({
    rules: z.object({
      style: z.object({
        noRestrictedImports: z.object({
          options: z.object({ patterns: z.array(z.object({ group: z.array(z.string()) })) }),
        }),
      }),
    }),
  }),
})
const biome = z
  .object({ overrides: z.array(z.unknown()) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8')))
const restrictions = biome.overrides.flatMap((override) => {
  const parsed = Restriction.safeParse(override)
  return parsed.success ? [parsed.data] : []
})
const entries = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
/** The command line stands above everything, like the files that wire it all. */
const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== 'commands').map(({ name }) => name)
const wiring = entries.filter((entry) => entry.isFile() && entry.name !== 'errors.ts').map(({ name }) => name)

describe.each(folders)('the folder src/%s', (folder) => {
  const forbidden = restrictions
    .filter(({ includes }) => includes.includes(`src/${folder}/**`))
    .flatMap(({ linter }) => linter.rules.style.noRestrictedImports.options.patterns.flatMap(({ group }) => group))

  test('is kept by lint from importing what wires everything together', () => {
    expect(forbidden).toEqual(expect.arrayContaining([...wiring.map((name) => `**/${name}`), '**/commands/**']))
  })

  test('and every other folder are in one order: one of the two may not import the other', () => {
    const unordered = folders.filter((other) => {
      if (other === folder || forbidden.includes(`**/${other}/**`)) return false
      return !restrictions.some(
        ({ includes, linter }) =>
          includes.includes(`src/${other}/**`) &&
          linter.rules.style.noRestrictedImports.options.patterns.some(({ group }) =>
            group.includes(`**/${folder}/**`),
          ),
      )
    })
    expect(unordered).toEqual([])
  })
})
