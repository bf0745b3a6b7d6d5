import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const ROOT = join(import.meta.dirname, '../..')

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      integrity: z.string().optional(),
      dev: z.boolean().optional(),
      devOptional: z.boolean().optional(),
    }),
  ),
})

/** A package as the lock file names it. */
export interface LockedPackage {
  name: string
  version: string
  /** Null for one that is of another platform: the registry that made the lock did not have it. */
  license: string | null
  /** As npm writes it, such as `sha512-...`; null for the same. */
  integrity: string | null
  isProduction: boolean
}

/** Every package that runs in production, by name and version, each once. */
export function productionPackages(): LockedPackage[] {
  return lockedPackages().filter(({ isProduction }) => isProduction)
}

/** Every package of the lock file, by name and version, each once. */
export function lockedPackages(): LockedPackage[] {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')))
  const found = new Map<string, LockedPackage>()
  for (const [path, { version, license, integrity, dev, devOptional }] of Object.entries(packages)) {
    if (path === '' || version === undefined) continue
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const key = `${name}@${version}`
    const isProduction = (!dev && !devOptional) || found.get(key)?.isProduction === true
    found.set(key, {
      name,
      version,
      license: license ?? (integrity === undefined ? null : 'unknown'),
      integrity: integrity ?? null,
      isProduction,
    })
  }
  return [...found.values()].sort((a, b) => `${a.name}@${a.version}`.localeCompare(`${b.name}@${b.version}`, 'en'))
}

/** The list of licences, as docs/licences.md has it. */
export function licenceList(): string {
  const rows = productionPackages().flatMap(({ name, version, license }) =>
    license === null ? [] : [`| ${name} | ${version} | ${license} |`],
  )
  return [
    '# Licences',
    '',
    `The ${rows.length} packages that the service runs with. Written by \`npm run licences\` from the lock file; \`npm run sbom\` prints the`,
    'same as a bill of materials (CycloneDX), with a hash of each.',
    '',
    '| package | version | licence |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
