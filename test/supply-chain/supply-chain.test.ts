import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { licenceList, lockedPackages, productionPackages } from './packages.ts'

const ROOT = join(import.meta.dirname, '../..')
/** They ask for no more than to be named. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT']

const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  allowScripts: z.record(z.string(), z.boolean()),
})
const sbomSchema = z.object({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(z.object({ hashes: z.array(z.object({ content: z.string() })).optional() })),
})
const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))

describe('the packages that run in production', () => {
  test('have licences that ask for no more than to be named', () => {
    const others = productionPackages().filter(({ license }) => license !== null && !ALLOWED.includes(license))
    expect(others).toEqual([])
  })

  test('are listed with their licences in the docs', () => {
    expect(readFileSync(join(ROOT, 'docs/licences.md'), 'utf8')).toBe(licenceList())
  })
})

test('the bill of materials names every package of the lock file and no other, each with a hash', () => {
  const printed = execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, encoding: 'utf8' })
  const { components } = sbomSchema.parse(JSON.parse(printed))
  // By hash, since the two name what stands under another name in two ways. Those of other platforms, which the registry
  // that made the lock did not have, have none.
  const locked = lockedPackages().flatMap(({ integrity }) => (integrity === null ? [] : [toHex(integrity)]))
  const told = components.flatMap(({ hashes = [] }) => hashes.map(({ content }) => content))
  expect(new Set(told)).toEqual(new Set(locked))
})

function toHex(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha\d+-/, ''), 'base64').toString('hex')
}

describe('the packages that are asked for by name', () => {
  test('are of one exact version each', () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies })
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })

  test('each have a reason in the record of dependencies', () => {
    const record = readFileSync(join(ROOT, 'docs/decisions/0005-dependencies.md'), 'utf8')
    expect(Object.keys(manifest.dependencies).filter((name) => !record.includes(name))).toEqual([])
  })

  test('run nothing at their installation, but for the one that brings Node', () => {
    const allowed = Object.entries(manifest.allowScripts).flatMap(([name, isAllowed]) => (isAllowed ? [name] : []))
    expect(allowed).toEqual(['node'])
  })
})
