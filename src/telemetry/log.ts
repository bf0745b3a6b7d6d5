import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import { cut, maskSecrets, toInertText } from '../model/outside-text.ts'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** Characters of an error's message that a log line keeps: an upstream's words may be long. */
const MESSAGE_LIMIT = 500
const STACK_LIMIT = 4_000
/** C1, deleting, direction-changing and invisible characters; the line's own end is not among them. */
const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu
/** Errors whose message says all: they are expected, and name a call or a write of ours. */
const EXPECTED = new Set([
  'TransientError',
  'TerminalError',
  'StoreUnavailableError',
  'VersionConflictError',
  'ConfigError',
])
const SECRET_KEYS = [
  'authorization',
  'cookie',
  '"set-cookie"',
  'token',
  'tokens',
  'botToken',
  'userToken',
  'signingSecret',
  'secret',
  'password',
]

/** What a log line says about an error: its code and message, never a request or an answer. */
export interface LoggedError {
  name: string
  code: string | null
  message: string
  /** Code of what caused it, the system's own word such as ENOSPC, or null. */
  cause: string | null
  /** Our own frames, where the error was not expected. */
  stack?: string
}

/**
 * A logger that writes one JSON object per line: constant messages, everything that varies under a key of the glossary.
 * Values under the names of credentials are replaced. Writes to standard output unless another destination is given.
 */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: maskTexts },
    hooks: { streamWrite: escapeUnseen },
    redact: { paths: SECRET_KEYS.flatMap(atEachDepth), censor: '[masked]' },
    serializers: { err: toLoggedError, error: toLoggedError },
  }
  return destination ? pino(options, destination) : pino(options)
}

/** The fields of a line, secrets in their texts masked. Texts within objects are of errors, which see to it themselves. */
function maskTexts(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? maskSecrets(value) : value]),
  )
}

/** The line with every character escaped that JSON leaves alone and a terminal obeys or hides. */
function escapeUnseen(line: string): string {
  return line.replace(UNSEEN, (character) =>
    Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** The error as it may be logged. Anything that is no Error is named by its type alone. */
export function toLoggedError(error: unknown): LoggedError {
  if (!(error instanceof Error))
    return { name: typeof error, code: null, message: 'something else than an error was thrown', cause: null }
  const logged: LoggedError = {
    name: error.name,
    code: codeOf(error),
    message: toInertText(error.message, MESSAGE_LIMIT),
    cause: error.cause instanceof Error ? (codeOf(error.cause) ?? error.cause.name) : null,
  }
  return EXPECTED.has(error.name) ? logged : { ...logged, stack: framesOf(error) }
}

function codeOf(error: Error): string | null {
  return 'code' in error && typeof error.code === 'string' ? error.code : null
}

/** The stack without the message that V8 puts before it, which may quote what came from outside. */
function framesOf(error: Error): string {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return cut(maskSecrets(frames.map((line) => line.trim()).join(' | ')), STACK_LIMIT)
}

/** pino's redaction matches one level per star. */
function atEachDepth(key: string): string[] {
  const path = key.startsWith('"') ? [`[${key}]`, `*[${key}]`, `*.*[${key}]`] : [key, `*.${key}`, `*.*.${key}`]
  return path
}
