import { describe, expect, test } from '@jest/globals'
import { gathered } from '../../src/clients/gathered.ts'

/** Answers when it is told to; `asked` are the batches so far. */
function anUpstream() {
  const asked: (readonly string[])[] = []
  const gates: (() => void)[] = []
  return {
    asked,
    async answerAll(questions: readonly string[]): Promise<(string | Error)[]> {
      asked.push(questions)
      await new Promise<void>((resolve) => gates.push(resolve))
      return questions.map((question) => (question === 'bad' ? new Error('bad') : question.toUpperCase()))
    },
    /** Lets the oldest batch that waits be answered. */
    async answer() {
      await settled()
      gates.shift()?.()
      await settled()
    },
  }
}

/** What needs no time has been done. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

const PATIENT = { longestWaitMs: 60_000, pauseMs: 0 }

describe('a question', () => {
  test('goes out at once where nothing is being asked', async () => {
    const upstream = anUpstream()
    const ask = gathered(upstream.answerAll, PATIENT)
    const answer = ask('a')
    await settled()
    expect(upstream.asked).toEqual([['a']])
    await upstream.answer()
    await expect(answer).resolves.toBe('A')
  })

  test('that comes while others are asked is answered with the others that came, by a call begun after it', async () => {
    const upstream = anUpstream()
    const ask = gathered(upstream.answerAll, PATIENT)
    const answers = [ask('a')]
    await settled()
    answers.push(ask('b'), ask('c'))
    await settled()
    expect(upstream.asked).toEqual([['a']])
    await upstream.answer()
    expect(upstream.asked).toEqual([['a'], ['b', 'c']])
    await upstream.answer()
    await expect(Promise.all(answers)).resolves.toEqual(['A', 'B', 'C'])
  })

  test('that was answered is asked anew when it is put again', async () => {
    const upstream = anUpstream()
    const ask = gathered(upstream.answerAll, PATIENT)
    for (const _time of [1, 2]) {
      const answer = ask('a')
      await upstream.answer()
      await answer
    }
    expect(upstream.asked).toEqual([['a'], ['a']])
  })

  test('whose answer is an error fails alone', async () => {
    const upstream = anUpstream()
    const ask = gathered(upstream.answerAll, PATIENT)
    const answers = Promise.allSettled([ask('bad'), ask('good')])
    await upstream.answer()
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  })

  test('does not wait for ever for the answers to others', async () => {
    const upstream = anUpstream()
    const ask = gathered(upstream.answerAll, { longestWaitMs: 1, pauseMs: 0 })
    void ask('never answered')
    await settled()
    const answer = ask('b')
    while (upstream.asked.length < 2) await settled()
    expect(upstream.asked[1]).toEqual(['b'])
    await upstream.answer()
    await upstream.answer()
    await expect(answer).resolves.toBe('B')
  })

  test('is one of so many at most', async () => {
    const upstream = anUpstream()
    const ask = gathered(upstream.answerAll, { ...PATIENT, atMost: 2 })
    const answers = Promise.all(['a', 'b', 'c'].map(ask))
    await upstream.answer()
    await upstream.answer()
    await answers
    expect(upstream.asked.map(({ length }) => length)).toEqual([2, 1])
  })
})
