/** One line of the logs, as the source has it. */
export interface LogLine {
  atMs: number | null
  app: string | null
  /** The source's own word or number, lower-case; null where it gives none. */
  level: string | null
  text: string
}

export interface LogQuestion {
  /** A CorrID or a cluster id: letters, digits, dots, hyphens and underscores, nothing that a query language could take for its own. Null: any line. */
  term: string | null
  /** Only lines of this app; null for those of all. */
  app: string | null
  fromMs: number
  toMs: number
  /** Most lines that are wanted; the newest. */
  limit: number
}

export interface LogAnswer {
  /** Newest first. */
  lines: LogLine[]
  /** There are more than were asked for, or the source says that its answer is not whole. */
  isPartial: boolean
}

/** Where the logs of the microservice can be searched. Reads, and writes nothing. */
export interface LogsClient {
  /**
   * The newest lines with the term. No line proves little: a query that a source does not understand finds none either.
   * @throws TransientError, TerminalError
   */
  search(question: LogQuestion): Promise<LogAnswer>
}

/** What a term may hold, so that no query is made of it. */
const TERM = /^[A-Za-z0-9][A-Za-z0-9._-]{2,127}$/

/** True for a term that may be searched for. */
export function isSearchable(term: string): boolean {
  return TERM.test(term)
}

export function newestFirst(lines: readonly LogLine[]): LogLine[] {
  return [...lines].sort((a, b) => (b.atMs ?? 0) - (a.atMs ?? 0))
}
