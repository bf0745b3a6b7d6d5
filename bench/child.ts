import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const ENDS_WITH_PARENT = new URL('./ends-with-parent.mjs', import.meta.url).href
const STOP_LIMIT_MS = 5_000
const OUTPUT_CHARS = 4_000

export interface ChildSpec {
  /** Node's flags, then the file to run and its arguments. */
  args: readonly string[]
  env?: Record<string, string>
  /** Takes what it prints. */
  logFile: string
}

/** A program of ours in a process of its own; it ends with the bench, even by kill -9. */
export interface Child {
  readonly process: ChildProcess
  readonly pid: number
  isRunning: () => boolean
  /** The end of what it printed. */
  output: () => string
  /** Ends it in order, or by force after 5 s. */
  stop: () => Promise<void>
}

/** The process, started. Nothing of the person's own environment reaches it but the path to programs. */
export function startChild({ args, env = {}, logFile }: ChildSpec): Child {
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, ['--import', ENDS_WITH_PARENT, ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', log, log, 'ipc'],
  })
  const isRunning = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null
  return {
    process: child,
    pid: child.pid ?? 0,
    isRunning,
    output: () => readFileSync(logFile, 'utf8').slice(-OUTPUT_CHARS),
    async stop() {
      if (!isRunning()) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
      await exited
      clearTimeout(limit)
    },
  }
}

/**
 * The first message of a child, which says that it is ready.
 * @throws Error with its output when it exits first.
 */
export async function firstMessage(child: Child): Promise<unknown> {
  const answer = await Promise.race([
    once(child.process, 'message').then(([message]: unknown[]) => ({ message })),
    once(child.process, 'exit').then(() => null),
  ])
  if (answer === null) throw new Error(`a program of the bench ended at its start:\n${child.output()}`)
  return answer.message
}
