import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { pollUntil } from './poll.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const MAIN = fileURLToPath(new URL('../bin/start.mjs', import.meta.url))
const ENDS_WITH_PARENT = new URL('./ends-with-parent.ts', import.meta.url).href

const READY_TIMEOUT_MS = 45_000
/** Long enough to see that it is gone. */
const RESTART_AFTER_MS = 300
/** Starts in a row that may fail before the demo gives up. */
const MAX_FAILED_STARTS = 3
/** For its orderly end. What it still owes Slack by then is thrown away with its data. */
const STOP_TIMEOUT_MS = 2_000
const LOG_TAIL_CHARS = 2_000

export interface ResponderOptions {
  /** The whole environment of the process. */
  env: Record<string, string>
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  url: string
  /** Takes what the process prints. */
  logFile: string
  say: (event: ResponderEvent) => void
}

export type ResponderEvent =
  | { event: 'started'; pid: number; isAgain: boolean }
  | { event: 'died'; pid: number; how: string }
  | { event: 'gave-up'; how: string }

/** The service as a process of its own, started again on the same port and data whenever it dies. */
export interface Responder {
  readonly url: string
  pid(): number | null
  /** kill -9: no time to save anything. */
  kill(): void
  /** Resolves when the service that runs now can accept alerts. */
  ready(): Promise<void>
  /** Ends it for good. */
  stop(): Promise<void>
}

/**
 * The running service, ready to accept alerts.
 * @throws Error with the end of its log when it can't be started.
 */
export async function startResponder({ env, url, logFile, say }: ResponderOptions): Promise<Responder> {
  const log = openSync(logFile, 'a')
  let child = launch()
  let isStopping = false

  function launch(): ChildProcess {
    // A process group of its own: Ctrl-C in the terminal is for the demo, which then stops the service in order.
    return spawn(process.execPath, ['--import', ENDS_WITH_PARENT, MAIN], {
      env,
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    })
  }

  async function isReady(): Promise<boolean> {
    const current = child
    const answered = await pollUntil(
      async () => {
        if (!isRunning(current)) return 'dead'
        const { ok } = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) })
        // Asked again after the answer: a program that had the port before must not answer for a dead one.
        return ok && isRunning(current) ? 'ready' : null
      },
      { timeoutMs: READY_TIMEOUT_MS },
    )
    return answered === 'ready'
  }

  async function keepRunning(): Promise<void> {
    for (let failedStarts = 0; failedStarts < MAX_FAILED_STARTS; ) {
      const current = child
      if (isRunning(current)) await once(current, 'exit')
      if (isStopping) return
      say({ event: 'died', pid: current.pid ?? 0, how: howItEnded(current) })
      await delay(RESTART_AFTER_MS)
      if (isStopping) return
      child = launch()
      const isBack = await isReady()
      failedStarts = isBack ? 0 : failedStarts + 1
      if (isBack) say({ event: 'started', pid: child.pid ?? 0, isAgain: true })
    }
    say({ event: 'gave-up', how: logTail(logFile) })
  }

  async function stop(): Promise<void> {
    isStopping = true
    const current = child
    if (!isRunning(current)) return
    const exited = once(current, 'exit')
    current.kill('SIGTERM')
    const limit = setTimeout(() => current.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await exited
    clearTimeout(limit)
  }

  if (!(await isReady())) {
    await stop()
    throw new Error(`the responder did not start:\n${logTail(logFile)}`)
  }
  say({ event: 'started', pid: child.pid ?? 0, isAgain: false })
  void keepRunning()

  return {
    url,
    pid: () => (isRunning(child) ? (child.pid ?? null) : null),
    kill: () => void child.kill('SIGKILL'),
    async ready() {
      await pollUntil(async () => ((await isReady()) ? true : null), { timeoutMs: READY_TIMEOUT_MS })
    },
    stop,
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

function howItEnded({ exitCode, signalCode }: ChildProcess): string {
  return signalCode === null ? `exit code ${exitCode}` : signalCode
}

function logTail(logFile: string): string {
  return readFileSync(logFile, 'utf8').slice(-LOG_TAIL_CHARS).trim()
}
