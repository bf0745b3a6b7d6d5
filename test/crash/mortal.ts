import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { waitUntil } from '../support/wait-until.ts'

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))
/** Characters kept of what the process printed, for error messages. */
const OUTPUT_LIMIT = 64_000
/** Where it tells its parent what it passes. */
const TELLING = 3
const READY_TIMEOUT_MS = 60_000

export interface MortalOptions {
  /** The whole environment of the process. */
  env: Readonly<Record<string, string>>
  /** Where it answers. */
  url: string
  /** Its program, below `root`. Default: as `npm start` runs it. */
  main?: string
  /** Arguments of Node before the program. */
  nodeArgs?: readonly string[]
  /** The folder that holds src. Default: this repository. */
  root?: string
  /** Each line that it writes to its file descriptor 3. */
  onLine?: (line: string) => void
}

/** A responder that is there to be killed. */
export interface Mortal {
  readonly url: string
  isAlive: () => boolean
  /** Resolves when it is gone, however it ended. */
  gone: () => Promise<void>
  /** Writes a line to its standard input, which ends when this process does. */
  send: (line: string) => void
  /** Kill -9, at once; it is gone a moment later. */
  kill: () => void
  /** Starts it again on the same port and store, with what its environment has more this time. */
  launch: (more?: Readonly<Record<string, string>>) => void
  /** Resolves when it can accept alerts. @throws Error with its output when it ended, or is not ready in time. */
  ready: () => Promise<void>
  /** Kills it for good. */
  stop: () => Promise<void>
  /** The last of what it printed, over all its lives. */
  output: () => string
}

/** Launches it, and does not wait. */
export function launchMortal(options: MortalOptions): Mortal {
  const { env, url, main = 'bin/start.mjs', nodeArgs = [], root = REPOSITORY } = options
  let output = ''
  let child = start()

  function start(more: Readonly<Record<string, string>> = {}): ChildProcess {
    const started = spawn(process.execPath, [...nodeArgs, main], {
      cwd: root,
      env: { ...env, ...more },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    })
    const keep = (chunk: unknown): void => {
      output = (output + String(chunk)).slice(-OUTPUT_LIMIT)
    }
    started.stdout?.on('data', keep)
    started.stderr?.on('data', keep)
    const told = started.stdio[TELLING]
    if (told instanceof Readable) createInterface({ input: told }).on('line', (line) => options.onLine?.(line))
    // Sent to a process that has just died: nobody is there to be told.
    started.on('error', keep)
    started.stdin?.on('error', keep)
    const killWithParent = (): void => void started.kill('SIGKILL')
    process.once('exit', killWithParent)
    started.once('exit', () => process.off('exit', killWithParent))
    return started
  }

  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null

  async function gone(): Promise<void> {
    const current = child
    if (current.exitCode === null && current.signalCode === null) await once(current, 'exit')
  }

  return {
    url,
    isAlive,
    gone,
    send: (line) => void child.stdin?.write(`${line}\n`),
    kill: () => void child.kill('SIGKILL'),
    launch(more) {
      if (!isAlive()) child = start(more)
    },
    async ready() {
      const current = child
      const hasEnded = () => current.exitCode !== null || current.signalCode !== null
      await waitUntil(
        'the responder to be ready',
        async () => hasEnded() || (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok,
        { timeoutMs: READY_TIMEOUT_MS, everyMs: 25 },
      )
      if (hasEnded()) throw new Error(`the responder ended with ${current.exitCode ?? current.signalCode}:\n${output}`)
    },
    async stop() {
      if (isAlive()) child.kill('SIGKILL')
      await gone()
    },
    output: () => output,
  }
}
