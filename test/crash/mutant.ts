import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))
/** What the recorded program is made of. */
const PARTS = ['package.json', 'src', 'bin', 'test/crash']

/** One textual change of the product. */
export interface Change {
  /** Below the repository. */
  file: string
  from: string
  to: string
}

/** A copy of the product with something taken away that its promises rest on. */
export interface Mutant {
  readonly root: string
  remove: () => Promise<void>
}

/**
 * The copy, in a temporary folder.
 * @throws Error when a text to change is not there exactly once: the product was changed, and the mutation has to follow.
 */
export async function makeMutant(changes: readonly Change[]): Promise<Mutant> {
  const root = await mkdtemp(join(tmpdir(), 'kp-mutant-'))
  const remove = () => rm(root, { recursive: true, force: true })
  try {
    for (const part of PARTS) await cp(join(REPOSITORY, part), join(root, part), { recursive: true })
    await symlink(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'))
    for (const { file, from, to } of changes) {
      const path = join(root, file)
      const parts = (await readFile(path, 'utf8')).split(from)
      if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times, not once: ${from}`)
      await writeFile(path, parts.join(to))
    }
  } catch (error) {
    await remove()
    throw error
  }
  return { root, remove }
}
