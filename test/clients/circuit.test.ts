import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Circuit, type CircuitWord } from '../../src/clients/circuit.ts'
import { RetryBudget } from '../../src/clients/circuit-retries.ts'
import { TerminalError, TransientError } from '../../src/errors.ts'

const MINUTE_MS = 60_000
const AWAY = () => new TransientError('unknown', 'answered 500')
const REFUSED = () => new TerminalError('unauthorized', 'answered 401')

let states: CircuitWord[]
let sent: number

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] })
  states = []
  sent = 0
})

afterEach(() => {
  jest.useRealTimers()
})

function aCircuit(isOfCredentials: (refusal: TerminalError) => boolean = () => true): Circuit {
  return new Circuit({ name: 'Test', onChange: (state) => states.push(state), isOfCredentials })
}

/** Calls, and gives what the call ended with. */
function call(circuit: Circuit, failure: Error | null): Promise<unknown> {
  return circuit
    .run('Test call', async () => {
      sent += 1
      if (failure) throw failure
      return 'answer'
    })
    .catch((error: unknown) => error)
}

async function callOften(circuit: Circuit, times: number, failure: () => Error | null): Promise<unknown[]> {
  const ends: unknown[] = []
  for (let count = 0; count < times; count += 1) ends.push(await call(circuit, failure()))
  return ends
}

describe('an upstream', () => {
  test.each<[string, () => Error | null, number]>([
    ['that answers', () => null, 100],
    ['that refuses what it is asked', () => new TerminalError('rejected', 'answered 400'), 100],
    ['that knows nothing of it', () => new TerminalError('not-found', 'answered 404'), 100],
    ['that limits calls', () => new TransientError('rate-limited', 'answered 429', 1_000), 100],
    ['that does not answer', AWAY, 5],
    ['that can not be reached', () => new TransientError('not-sent', 'no connection'), 5],
    ['that refuses our credentials', REFUSED, 2],
  ])('%s gets so many of a hundred calls', async (_what, failure, expected) => {
    await callOften(aCircuit(), 100, failure)
    expect(sent).toBe(expected)
  })

  test('that is away is not called, and callers are told when to ask again', async () => {
    const ends = await callOften(aCircuit(), 6, AWAY)
    expect(ends.at(-1)).toMatchObject({ name: 'TransientError', code: 'not-sent' })
    const { retryAfterMs } = ends.at(-1) as TransientError
    expect(retryAfterMs).toBeGreaterThanOrEqual(1_000)
    expect(retryAfterMs).toBeLessThanOrEqual(3_000)
    expect(states).toEqual(['closed', 'open'])
  })

  test('that is away for five minutes is probed ever more rarely, and by one call of many', async () => {
    const circuit = aCircuit()
    await callOften(circuit, 5, AWAY)
    sent = 0
    for (let ms = 0; ms < 5 * MINUTE_MS; ms += 1_000) {
      await Promise.all(Array.from({ length: 20 }, () => call(circuit, AWAY())))
      await jest.advanceTimersByTimeAsync(1_000)
    }
    // After 2, 4, 8 and 16 s, and then every 30 s.
    expect(sent).toBeGreaterThanOrEqual(10)
    expect(sent).toBeLessThanOrEqual(15)
  })

  test('that is back is used again after one answer', async () => {
    const circuit = aCircuit()
    await callOften(circuit, 5, AWAY)
    await jest.advanceTimersByTimeAsync(2_000)
    expect(await call(circuit, null)).toBe('answer')
    expect(states).toEqual(['closed', 'open', 'half-open', 'closed'])
    expect(await callOften(circuit, 3, () => null)).toEqual(['answer', 'answer', 'answer'])
  })

  test('whose answers fail now and then is not left alone', async () => {
    const circuit = aCircuit()
    for (let round = 0; round < 20; round += 1) {
      await callOften(circuit, 4, AWAY)
      await call(circuit, null)
    }
    expect(sent).toBe(100)
    expect(states).toEqual(['closed'])
  })

  test('that refuses something between its failures is there', async () => {
    const circuit = aCircuit()
    await callOften(circuit, 4, AWAY)
    await call(circuit, new TerminalError('not-found', 'answered 404'))
    await callOften(circuit, 4, AWAY)
    expect(sent).toBe(9)
    expect(states).toEqual(['closed'])
  })

  test('that refuses our credentials gets at most three calls a minute', async () => {
    const circuit = aCircuit()
    for (let ms = 0; ms < MINUTE_MS; ms += 500) {
      await call(circuit, REFUSED())
      await jest.advanceTimersByTimeAsync(500)
    }
    expect(sent).toBeLessThanOrEqual(3)
  })

  test('that refuses one thing is asked for others', async () => {
    await callOften(
      aCircuit(({ upstreamCode }) => upstreamCode === null),
      10,
      () => new TerminalError('unauthorized', 'refused', 'not_in_channel'),
    )
    expect(sent).toBe(10)
  })
})

describe('repeats', () => {
  test.each([
    [0, 2],
    [10, 2],
    [100, 10],
    [1_000, 100],
  ])('of %i first tries are at most %i', (firsts, repeats) => {
    const budget = new RetryBudget(Date.now)
    for (let count = 0; count < firsts; count += 1) budget.countFirst()
    const allowed = Array.from({ length: 2_000 }, () => budget.mayRepeat()).filter(Boolean)
    expect(allowed).toHaveLength(repeats)
  })

  test('are possible again in the next minute, and when the clock is set back', () => {
    let nowMs = 0
    const budget = new RetryBudget(() => nowMs)
    const spend = () => Array.from({ length: 5 }, () => budget.mayRepeat()).filter(Boolean).length
    expect(spend()).toBe(2)
    nowMs += MINUTE_MS - 1
    expect(spend()).toBe(0)
    nowMs += 1
    expect(spend()).toBe(2)
    nowMs -= 2 * MINUTE_MS
    expect(spend()).toBe(2)
  })
})
