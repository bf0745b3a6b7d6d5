import type { BenchRow } from '../row.ts'
import { acceptance } from './acceptance.ts'
import { atRest } from './at-rest.ts'
import { decisionTime } from './decision-time.ts'
import { effects } from './effects.ts'
import { memory } from './memory.ts'
import { rateLimited } from './rate-limited.ts'
import { replicas } from './replicas.ts'
import { storm } from './storm.ts'

/** Every row, in the order in which they run. */
export const ROWS: readonly BenchRow[] = [
  acceptance,
  effects,
  atRest,
  storm,
  rateLimited,
  decisionTime,
  memory,
  replicas,
]
