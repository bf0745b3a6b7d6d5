import type { Measurement } from './result.ts'

export interface BenchContext {
  /** Small numbers, for a look that takes seconds: its figures are no claim. */
  isQuick: boolean
  /** Numbers as large as the budgets say, however long they take. */
  isFull: boolean
  /** Temporary; removed when the bench ends. */
  folder: string
  /** One line of progress. */
  say: (line: string) => void
}

/** One thing that is measured, in figures. */
export interface BenchRow {
  name: string
  about: string
  run: (context: BenchContext) => Promise<Measurement[]>
}
