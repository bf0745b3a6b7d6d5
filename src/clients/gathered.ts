import { setTimeout as sleep } from 'node:timers/promises'
import DataLoader from 'dataloader'

/** How questions are gathered. */
export interface Gathering {
  /** Questions answered together at most. Default: any number. */
  atMost?: number
  /** A question waits for the answers under way no longer than this, in ms: one slow call must not hold all others up. */
  longestWaitMs: number
  /** Where questions come in numbers the next call waits so long for more of them after an answer, in ms. */
  pauseMs: number
}

/** Three calls within this, in ms, are no single asker: questions come in numbers, though one at a time. */
const IN_NUMBERS_MS = 300

/**
 * A function that has each question answered by a call begun after it was put. Where nothing is under way that is at once;
 * what is asked meanwhile is gathered and answered together. Nothing is remembered. `answerAll` gives one answer or error
 * for each question, in their order.
 */
export function gathered<Q, A>(
  answerAll: (questions: readonly Q[]) => Promise<readonly (A | Error)[]>,
  { atMost = Number.POSITIVE_INFINITY, longestWaitMs, pauseMs }: Gathering,
): (question: Q) => Promise<A> {
  let underWay: Promise<unknown> = Promise.resolve()
  let [lastButOneMs, lastMs] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const loader = new DataLoader<Q, A>(
    (questions) => {
      const answers = answerAll(questions)
      const nowMs = performance.now()
      const isBusy = questions.length > 1 || nowMs - lastButOneMs < IN_NUMBERS_MS
      ;[lastButOneMs, lastMs] = [lastMs, nowMs]
      underWay = answers.catch(() => undefined).then(() => (isBusy ? pause(pauseMs) : undefined))
      return answers
    },
    {
      cache: false,
      maxBatchSize: atMost,
      batchScheduleFn(dispatch) {
        void Promise.race([underWay, pause(longestWaitMs)]).then(dispatch)
      },
    },
  )
  return (question) => loader.load(question)
}

function pause(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false })
}
