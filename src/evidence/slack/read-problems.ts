import type { Logger } from 'pino'
import { isTransient, StoreUnavailableError, TerminalError } from '../../errors.ts'
import type { ReadProblem } from './channel-completeness.ts'

/** The parts of reading a channel, each of which can fail while the others go on. */
export type ReadPart = 'poll' | 'whole-read' | 'threads'

/** Which parts of reading one channel fail at present, and since when. */
export class ReadProblems {
  readonly #channel: string
  readonly #now: () => number
  readonly #logger: Logger
  readonly #lasting = new Map<ReadPart, ReadProblem>()

  constructor(channel: string, now: () => number, logger: Logger) {
    this.#channel = channel
    this.#now = now
    this.#logger = logger
  }

  /** The problem that has lasted longest, or null when all is well. */
  current(): ReadProblem | null {
    const [oldest = null] = [...this.#lasting.values()].sort((a, b) => a.sinceMs - b.sinceMs)
    return oldest
  }

  isFailing(part: ReadPart): boolean {
    return this.#lasting.has(part)
  }

  failed(part: ReadPart, error: unknown): void {
    const code = codeOf(error)
    const known = this.#lasting.get(part)
    this.#lasting.set(part, { code, sinceMs: known?.sinceMs ?? this.#now() })
    if (known?.code !== code)
      this.#logger.warn({ channel: this.#channel, part, slackError: code }, 'slack channel can not be read')
  }

  succeeded(part: ReadPart): void {
    if (this.#lasting.delete(part))
      this.#logger.info({ channel: this.#channel, part }, 'slack channel is readable again')
  }
}

function codeOf(error: unknown): string {
  if (error instanceof TerminalError) return error.upstreamCode ?? error.code
  if (isTransient(error)) return error.code
  return error instanceof StoreUnavailableError ? 'store-unavailable' : 'unexpected'
}
