import type { FiguresReader } from '../../figures/figures-reader.ts'
import type { Cookies } from '../cookies.ts'
import type { ServerDeps } from '../server-deps.ts'
import type { SessionLedger } from '../session-ledger.ts'
import type { Sessions } from '../sessions.ts'

/** What the pages need besides what the API needs. */
export interface PageDeps extends ServerDeps {
  sessions: Sessions
  ledger: SessionLedger
  cookies: Cookies
  figures: FiguresReader
}
