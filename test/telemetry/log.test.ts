import { Writable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { StoreUnavailableError, TerminalError } from '../../src/errors.ts'
import { createLogger } from '../../src/telemetry/log.ts'

function logOf(fields: Record<string, unknown>): { text: string; line: Record<string, unknown> } {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  createLogger('info', destination).info(fields, 'constant message')
  const text = lines.join('')
  return { text, line: JSON.parse(text) as Record<string, unknown> }
}

describe('a log line', () => {
  test('is one JSON object with a constant message and a UTC time', () => {
    const { text, line } = logOf({ caseId: 'a\r\n{"level":"fatal"}\u001b[2J' })
    expect(text.trimEnd()).not.toMatch(/\p{Cc}/u)
    expect(line).toMatchObject({ level: 'info', msg: 'constant message' })
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  })

  test.each([
    ['at the top', { authorization: 'canary' }],
    ['one level down', { headers: { cookie: 'canary', 'set-cookie': 'canary' } }],
    ['two levels down', { request: { headers: { authorization: 'canary', token: 'canary' } } }],
    ['a token', { token: 'canary', botToken: 'canary', password: 'canary' }],
  ])('holds no credential %s', (_where, fields) => {
    const { text } = logOf(fields)
    expect(text).not.toContain('canary')
    expect(text).toContain('[masked]')
  })

  test('says code and message of an expected error, and what caused it, without frames', () => {
    const cause = Object.assign(new Error('no space at /secret/path'), { code: 'ENOSPC' })
    expect(logOf({ err: new StoreUnavailableError('write failed', { cause }) }).line.err).toEqual({
      name: 'StoreUnavailableError',
      code: null,
      message: 'write failed',
      cause: 'ENOSPC',
    })
    const terminal = Object.assign(new TerminalError('unauthorized', 'GET incidents: answered 401'), {
      body: 'canary',
      response: { data: 'canary' },
    })
    const { text, line } = logOf({ err: terminal })
    expect(line.err).toMatchObject({ code: 'unauthorized', message: 'GET incidents: answered 401' })
    expect(text).not.toContain('canary')
  })

  test('of an unexpected error has our frames and masks a secret in its message', () => {
    const { text, line } = logOf({ err: new Error('refused Bearer abcdefghijklmnop\nsecond line') })
    expect(text).not.toContain('abcdefghijklmnop')
    expect(line.err).toMatchObject({ name: 'Error', stack: expect.stringContaining('log.test.ts') })
  })

  test('of something thrown that is no error names its type alone', () => {
    expect(logOf({ err: 'canary' }).line.err).toMatchObject({
      name: 'string',
      message: 'something else than an error was thrown',
    })
  })
})
