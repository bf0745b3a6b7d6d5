import { describe, expect, test } from '@jest/globals'
import { ProcessExclusive } from '../../src/store/exclusive.ts'

/** A promise that is settled from outside. */
function gate() {
  return Promise.withResolvers<void>()
}

describe('the lock of a group', () => {
  test('runs what concerns one group one after another, in the order it was asked', async () => {
    const lock = new ProcessExclusive()
    const first = gate()
    const seen: string[] = []
    const runs = [
      lock.run('g', async () => {
        seen.push('first begins')
        await first.promise
        seen.push('first ends')
      }),
      lock.run('g', async () => {
        seen.push('second')
      }),
    ]
    await Promise.resolve()
    first.resolve()
    await Promise.all(runs)
    expect(seen).toEqual(['first begins', 'first ends', 'second'])
  })

  test('runs different groups side by side', async () => {
    const lock = new ProcessExclusive()
    const first = gate()
    const waiting = lock.run('a', () => first.promise)
    await expect(lock.run('b', async () => 'done')).resolves.toBe('done')
    first.resolve()
    await waiting
  })

  test('work that fails fails its own caller only', async () => {
    const lock = new ProcessExclusive()
    const failing = lock.run('g', () => Promise.reject(new Error('it failed')))
    const next = lock.run('g', async () => 'done')
    await expect(failing).rejects.toThrow('it failed')
    await expect(next).resolves.toBe('done')
  })
})
