/** Why a call to the outside did not give what was asked. Callers decide by `code`, never by searching a message. */
export type CallErrorCode =
  | 'not-sent' // refused connection, DNS, local allow-list: the upstream saw nothing
  | 'unknown' // timeout, reset, 5xx, unreadable answer: the upstream may have done it
  | 'rate-limited' // 429, or a secondary limit; `retryAfterMs` says how long
  | 'unauthorized' // 401 or 403, revoked token, missing scope
  | 'not-found' // 404, unknown channel or incident
  | 'rejected' // any other refusal; asking again gives the same answer

/** Something that may work later: retry it, or treat the answer as unavailable. */
export class TransientError extends Error {
  readonly code: CallErrorCode
  readonly retryAfterMs: number | null

  constructor(code: CallErrorCode, message: string, retryAfterMs: number | null = null) {
    super(message)
    this.name = 'TransientError'
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** Something that will not work however often it is tried: count it and hand over to a person. */
export class TerminalError extends Error {
  readonly code: CallErrorCode
  /** The upstream's own error code, where it gives one (PagerDuty's number, Slack's word). */
  readonly upstreamCode: string | null

  constructor(code: CallErrorCode, message: string, upstreamCode: string | null = null) {
    super(message)
    this.name = 'TerminalError'
    this.code = code
    this.upstreamCode = upstreamCode
  }
}

/** The durable store refused or could not finish a write. At the door this is a 503. */
export class StoreUnavailableError extends Error {
  constructor(message: string, options?: { cause: unknown }) {
    super(message, options)
    this.name = 'StoreUnavailableError'
  }
}

/** Two writers met on one case: load it again. */
export class VersionConflictError extends Error {
  constructor(caseId: string) {
    super(`case ${caseId} was changed by another writer`)
    this.name = 'VersionConflictError'
  }
}

/** Another replica has taken this work over: nothing more may be written for it here. */
export class LeaseLostError extends Error {
  constructor(name: string) {
    super(`the turn for ${name} passed to another replica`)
    this.name = 'LeaseLostError'
  }
}

/** The process is stopping: the journal takes no new intent, and what was wanted is for the next process or another replica. */
export class StoppingError extends StoreUnavailableError {
  constructor() {
    super('the process is stopping: nothing new is sent')
    this.name = 'StoppingError'
  }
}

/** The configuration or the policy can't be used. `faults` holds every fault found, one line each. */
export class ConfigError extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(`configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}`)
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/** True for errors that a retry or a later look may mend. */
export function isTransient(error: unknown): error is TransientError {
  return error instanceof TransientError
}
