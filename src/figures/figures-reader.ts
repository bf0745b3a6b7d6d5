import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CaseStore } from '../store/store.ts'
import { type CaseFigure, toFigure } from './case-figure.ts'
import { type Figures, toFigures } from './figures.ts'

/** Cases a page. */
const PAGE = 100
/** Cases that one reading counts: more than a team has in a month. */
const CASE_LIMIT = 5_000
/** Figures are read anew after this, in ms: people reload, and a reading goes through thousands of cases. */
const FRESH_MS = 60_000

/** Reads how the cases of the last days went. */
export class FiguresReader {
  readonly #store: Pick<CaseStore, 'listCases'>
  readonly #now: () => number
  readonly #known = new Map<number, { atMs: number; figures: Promise<Figures> }>()

  constructor(store: Pick<CaseStore, 'listCases'>, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** Whole days (UTC), today among them. @throws StoreUnavailableError */
  ofDays(days: number): Promise<Figures> {
    const nowMs = this.#now()
    const known = this.#known.get(days)
    if (known && nowMs - known.atMs < FRESH_MS && nowMs >= known.atMs) return known.figures
    const todayMs = Math.floor(nowMs / 86_400_000) * 86_400_000
    const read = this.ofSpan({ fromMs: todayMs - (days - 1) * 86_400_000, untilMs: nowMs + 1 })
    const figures = read.then((found) => found.figures)
    this.#known.set(days, { atMs: nowMs, figures })
    figures.catch(() => this.#known.delete(days))
    return figures
  }

  /** A span of time (ms), its end apart, read anew; with what each case of it adds. @throws StoreUnavailableError */
  async ofSpan(span: { fromMs: number; untilMs: number }): Promise<{ figures: Figures; cases: CaseFigure[] }> {
    const found: CaseFigure[] = []
    let cursor: string | undefined
    let isComplete = false
    while (found.length < CASE_LIMIT) {
      const page = await this.#store.listCases({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) })
      found.push(...page.cases.map(toFigure))
      const oldest = page.cases.at(-1)
      if (page.nextCursor === null || !oldest || oldest.openedAtMs < span.fromMs) {
        isComplete = true
        break
      }
      cursor = page.nextCursor
      // A page of documents takes a moment to read: what waits for the loop goes first.
      await nextTurn()
    }
    const cases = found.filter(({ openedAtMs }) => openedAtMs >= span.fromMs && openedAtMs < span.untilMs)
    return { figures: toFigures(cases, { ...span, isComplete }), cases }
  }
}
