import { describe, expect, test } from '@jest/globals'
import { compilePattern } from '../../src/model/pattern.ts'

describe('a pattern', () => {
  test.each(['a(?=b)', 'a(?!b)', '(?<=a)b', '(?<!a)b', '(a)\\1', '(', '[', 'a**', '(?P>x)'])(
    '%s is refused',
    (source) => {
      expect(() => compilePattern(source)).toThrow()
    },
  )

  test('matches anywhere, case as the pattern says', () => {
    expect(compilePattern('(?i)busy').isIn('it is BUSY now')).toBe(true)
    expect(compilePattern('busy').isIn('it is BUSY now')).toBe(false)
  })

  test("gives the first match's groups, empty where a group has no part in it, null without a match", () => {
    const pattern = compilePattern('(\\w+)=(\\d+)(x)?')
    expect(pattern.match('a=1 b=2')).toEqual(['a=1', 'a', '1', ''])
    expect(pattern.match('none')).toBeNull()
  })

  test('a text made to be slow for back-tracking is searched to its end', () => {
    expect(compilePattern('(a+)+$').isIn(`${'a'.repeat(100_000)}!`)).toBe(false)
  })
})
