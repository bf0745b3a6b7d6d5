import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { cut, maskSecrets, toInertText } from '../../src/model/outside-text.ts'

// Put together at run time, so that no scanner of this repository takes them for real ones.
const SECRETS = [
  ['xoxb', '123456789012-1234567890123-AbCdEfGhIjKl'].join('-'),
  ['xapp', '1-A0123456789-1234567890-abcdef0123456789'].join('-'),
  ['ghp', 'aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789'].join('_'),
  ['github', 'pat', '11AAAAAAA0abcdefghijkl_mnopqrstuvwxyz'].join('_'),
  ['AKIA', 'IOSFODNN7EXAMPLE'].join(''),
  ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'SflKxwRJSMeKKF2QT4fwpM'].join('.'),
]
const HIDDEN = 'c4n4ry-Value.0123456789'
const WITH_SECRET = [
  (secret: string) => `Authorization: Bearer ${secret}`,
  (secret: string) => `authorization: basic ${secret}`,
  (secret: string) => `password=${secret}`,
  (secret: string) => `passwd: ${secret}`,
  (secret: string) => `api_key = "${secret}"`,
  (secret: string) => `apikey:'${secret}'`,
  (secret: string) => `{"token":"${secret}"}`,
  (secret: string) => `https://user:${secret}@host/path`,
  (secret: string) => `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`,
  (secret: string) => `-----BEGIN RSA PRIVATE KEY-----\n${secret}`,
]

describe('secrets in a text from outside', () => {
  test.each(SECRETS)('%s is masked wherever it stands', (secret) => {
    for (const text of [secret, `a ${secret} b`, `"${secret}"`, `key=${secret}`, `${secret}\n`]) {
      expect(maskSecrets(text)).not.toContain(secret)
      expect(maskSecrets(text)).toContain('[masked]')
    }
  })

  test.each(WITH_SECRET.map((around) => [around('SECRET'), around] as const))('%j is masked', (_name, around) => {
    expect(maskSecrets(around(HIDDEN))).not.toContain(HIDDEN)
  })

  test.each(['the token is unknown', 'password reset failed', 'basic auth', 'https://host:8080/path', 'eyJ'])(
    '%j holds none and stays as it is',
    (text) => {
      expect(maskSecrets(text)).toBe(text)
    },
  )

  test('the words around a secret stay', () => {
    expect(maskSecrets(`call with ${SECRETS[2]} failed`)).toBe('call with [masked] failed')
  })

  test('no planted secret survives among any other words', () => {
    const planted = fc.oneof(
      fc.constantFrom(...SECRETS).map((secret) => ({ secret, text: secret })),
      fc.constantFrom(...WITH_SECRET).map((around) => ({ secret: HIDDEN, text: around(HIDDEN) })),
    )
    const around = fc.string({ unit: 'binary', maxLength: 60 })
    fc.assert(
      fc.property(around, planted, around, (before, { secret, text }, after) => {
        const whole = `${before} ${text} ${after}`
        expect(maskSecrets(whole)).not.toContain(secret)
        expect(toInertText(whole, 500)).not.toContain(secret)
      }),
      { numRuns: 500 },
    )
  })
})

describe('an inert text', () => {
  test.each([
    ['a link', 'see https://evil.example/x', 'see https[:]//evil.example/x'],
    ['a bare host', 'see www.evil.example', 'see www[.]evil.example'],
    ['a mention', 'cc @here and @org/team', 'cc @ here and @ org/team'],
    ['line ends and tabs', 'a\r\nb\tc', 'a b c'],
    ['terminal commands', 'a\u001b[2Jb', 'a [2Jb'],
    ['a direction override', 'a\u202eb', 'a b'],
    ['a zero-width space', 'a\u200bb', 'a b'],
    ['invisible tag letters', 'a\u{e0041}b', 'a b'],
    ['our own mark', 'kp-responder:0123', 'kp-responder;0123'],
    ['our own mark in other letters', 'KP-Responder:0123', 'kp-responder;0123'],
    ['an emoji', 'ok 👍🏽', 'ok 👍🏽'],
  ])('%s', (_name, text, inert) => {
    expect(toInertText(text, 100)).toBe(inert)
  })

  test('any text becomes one line without control, link or mark, at most as long as asked', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '://',
        ':',
        '//',
        'kp-responder:',
        'kp-',
        'responder:',
        '@',
        '\u200b',
        '\n',
        'http',
        '\u0007',
        '…',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    )
    const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 200 }), (given, limit) => {
        const inert = toInertText(given, limit)
        expect(inert).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u)
        expect(inert).not.toContain('://')
        expect(inert.toLowerCase()).not.toContain('kp-responder:')
        expect(inert).not.toMatch(/@\w/)
        expect([...inert].length).toBeLessThanOrEqual(limit)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('cutting', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['👍👍👍', 2, '👍…'],
    ['abc', 1, '…'],
    ['', 0, ''],
  ])('%j to %i is %j', (text, limit, short) => {
    expect(cut(text, limit)).toBe(short)
  })

  test('never splits a character and never exceeds the limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 50 }), (text, limit) => {
        expect([...cut(text, limit)].length).toBeLessThanOrEqual(limit)
        expect(cut(text, limit).isWellFormed()).toBe(true)
      }),
    )
  })
})
