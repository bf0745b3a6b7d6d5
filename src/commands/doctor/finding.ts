/** One line of the doctor: what was looked at, how it is, and what to do where it is not well. */
export interface Finding {
  /** What was looked at, such as `slack #armada-deploy-failure`. */
  check: string
  /** `fail`: it would fail at night. `warn`: it works, less well than it could. `off`: not configured, nothing to look at. */
  state: 'ok' | 'warn' | 'fail' | 'off'
  says: string
  /** What to do about it; null where nothing is to be done. */
  remedy: string | null
}

export function ok(check: string, says: string): Finding {
  return { check, state: 'ok', says, remedy: null }
}

export function off(check: string, says: string, remedy: string | null = null): Finding {
  return { check, state: 'off', says, remedy }
}

export function warn(check: string, says: string, remedy: string): Finding {
  return { check, state: 'warn', says, remedy }
}

export function fail(check: string, says: string, remedy: string): Finding {
  return { check, state: 'fail', says, remedy }
}
