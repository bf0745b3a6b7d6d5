import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { waitUntil } from '../support/wait-until.ts'

const READY_TIMEOUT_MS = 60_000
/** Characters kept of what the program printed, for error messages. */
const OUTPUT_LIMIT = 16_000

export interface ProgramSpec {
  /** Names of the program, the first one found on PATH is run (Debian renames some). */
  binaries: readonly string[]
  /** Folder of its configuration and data. A given one is kept on stop; without it a temporary one is made and removed. */
  dataDir?: string | undefined
  /** Files written into the folder before the first start: name and text. */
  files?: Readonly<Record<string, string>>
  args: (dataDir: string) => string[]
  isReady: () => Promise<boolean>
}

/** A real program that runs as a child of the test. */
export interface Program {
  readonly dataDir: string
  /** Sends the signal and ensures that the program is gone. The default is kill -9: no time to save anything. */
  kill: (signal?: 'SIGKILL' | 'SIGTERM') => Promise<void>
  /** Starts the killed program again on the same port and data, and waits until it is ready. */
  restart: () => Promise<void>
  /** Stops it in its tracks (SIGSTOP): connections stay open, nothing answers. */
  pause: () => Promise<void>
  resume: () => void
  /** Kills it and removes its temporary folder. */
  stop: () => Promise<void>
  /** The last of what it printed. */
  output: () => string
}

/**
 * A running program that has said it is ready.
 *
 * @throws Error with the program's output when it exits or is not ready in time.
 */
export async function startProgram(spec: ProgramSpec): Promise<Program> {
  const binary = findOnPath(spec.binaries)
  if (!binary) throw new Error(`${spec.binaries.join(' or ')} is not on PATH: run scripts/test-requirements.sh`)
  const dataDir = spec.dataDir ?? (await mkdtemp(join(tmpdir(), 'kp-responder-test-')))
  await mkdir(dataDir, { recursive: true })
  for (const [name, text] of Object.entries(spec.files ?? {})) await writeFile(join(dataDir, name), text)

  let output = ''
  let child = launch()

  function launch(): ChildProcess {
    const launched = spawnWithParent(binary ?? '', spec.args(dataDir))
    const keep = (chunk: unknown): void => {
      output = (output + String(chunk)).slice(-OUTPUT_LIMIT)
    }
    launched.stdout?.on('data', keep)
    launched.stderr?.on('data', keep)
    return launched
  }

  async function ready(): Promise<void> {
    // Whether it still runs is asked after the probe: another program on the same port must not answer for a dead one.
    const answered = await waitUntil(
      `${binary} to be ready`,
      async () => (await spec.isReady().catch(() => false)) || !isRunning(child),
      { timeoutMs: READY_TIMEOUT_MS },
    ).catch(() => false)
    if (answered && isRunning(child)) return
    await stop()
    throw new Error(`${binary} did not become ready:\n${output}`)
  }

  async function kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    if (!isRunning(child)) return
    const closed = once(child, 'close')
    child.kill(signal)
    await closed
  }

  async function stop(): Promise<void> {
    await kill()
    if (spec.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
  }

  await ready()
  return {
    dataDir,
    kill,
    async restart() {
      await kill()
      child = launch()
      await ready()
    },
    async pause() {
      child.kill('SIGSTOP')
      await waitUntil(`${binary} to stand still`, () => standsStill(child))
    },
    resume: () => void child.kill('SIGCONT'),
    stop,
    output: () => output,
  }
}

/** A signal takes effect when each thread is next scheduled, which on a busy machine is not at once. */
async function standsStill({ pid }: ChildProcess): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`)
  const states = await Promise.all(threads.map((id) => readFile(`/proc/${pid}/task/${id}/stat`, 'utf8')))
  return states.every((state) => /\) [Tt] /.test(state))
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

/** A child that dies with this process, even if this process is killed: setpriv (util-linux) replaces itself with it. */
function spawnWithParent(binary: string, args: readonly string[]): ChildProcess {
  const setpriv = findOnPath(['setpriv'])
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
  if (!setpriv) return spawn(binary, args, { stdio })
  return spawn(setpriv, ['--pdeathsig', 'KILL', '--', binary, ...args], { stdio })
}

function findOnPath(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
