import { type Finding, fail } from './finding.ts'

/** Longest time that one upstream may take, in ms. */
export const UPSTREAM_LIMIT_MS = 15_000

/**
 * The findings as they come, and a failing one where they have not all come in time or the check itself broke: one upstream
 * that hangs must not keep the others from being looked at.
 */
export async function* withinLimit(
  check: string,
  findings: AsyncGenerator<Finding>,
  limitMs = UPSTREAM_LIMIT_MS,
): AsyncGenerator<Finding> {
  const { promise: end, resolve } = Promise.withResolvers<'late'>()
  const timer = setTimeout(resolve, limitMs, 'late')
  try {
    for (;;) {
      const next = await Promise.race([findings.next(), end])
      if (next === 'late') {
        yield fail(check, `was not looked at whole within ${limitMs / 1_000} s`, 'see why it answers so slowly')
        return
      }
      if (next.done) return
      yield next.value
    }
  } catch (error) {
    // Its message is not ours and may hold anything.
    const name = error instanceof Error ? error.name : 'an unknown error'
    yield fail(check, `could not be looked at (${name})`, 'run it again, and report it if it lasts')
  } finally {
    clearTimeout(timer)
  }
}
