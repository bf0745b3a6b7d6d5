import { TerminalError, TransientError } from '../../errors.ts'
import { type Finding, fail } from './finding.ts'

/** What a call gave, or the finding that it failed: an upstream that does not answer now may not answer at night. */
export async function attempt<T>(check: string, call: () => Promise<T>): Promise<[T, null] | [null, Finding]> {
  try {
    return [await call(), null]
  } catch (error) {
    if (error instanceof TerminalError) return [null, fail(check, error.message, remedyOf(error))]
    if (error instanceof TransientError)
      return [null, fail(check, error.message, 'check the address, the network and the upstream itself')]
    throw error
  }
}

function remedyOf({ code }: TerminalError): string {
  switch (code) {
    case 'unauthorized':
      return 'check the credential and what it may do'
    case 'not-found':
      return 'check the name or id'
    default:
      return 'see what the upstream says'
  }
}
