import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file with a secret, changed as Kubernetes changes one: it is whole at every moment. */
export interface SecretFile {
  readonly path: string
  /** A folder for whatever else the test keeps. */
  readonly directory: string
  write(value: string): Promise<void>
  remove(): Promise<void>
}

export async function secretFile(value: string): Promise<SecretFile> {
  const directory = await mkdtemp(join(tmpdir(), 'kp-rotation-'))
  const path = join(directory, 'secret')
  await writeFile(path, `${value}\n`)
  return {
    path,
    directory,
    async write(next) {
      await writeFile(`${path}.next`, `${next}\n`)
      await rename(`${path}.next`, path)
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}
