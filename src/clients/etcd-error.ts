import { toInertText } from '../model/outside-text.ts'

type EtcdLibrary = typeof import('etcd3')

/**
 * Why one try gave no answer. `refused`: somebody answers, and does not let us read or is not to be believed, so that a
 * person must mend our access. `unavailable`: nobody answered; it may work later. Neither says anything of a key.
 */
export interface EtcdFailure {
  kind: 'unavailable' | 'refused'
  /** Completes a sentence that begins with the endpoint. Holds no credential. */
  why: string
}

/** Longest part of a foreign error text that is quoted, in characters. */
const QUOTE_LIMIT = 160
/**
 * gRPC has no code for a failed TLS handshake: it is UNAVAILABLE with OpenSSL's or Node's text. The one place where a text
 * decides, and only between two answers that both leave the page with a person.
 */
const TLS_TROUBLE = /certificate|self.signed|altnames|\bSSL\b|\bTLS\b|ERR_TLS|wrong version number/i

/** What a failure of the library means, decided by its class. Source: microsoft/etcd3 src/errors.ts, etcd's rpctypes. */
export function toEtcdFailure(error: unknown, library: EtcdLibrary): EtcdFailure {
  const text = error instanceof Error ? error.message : String(error)
  const quote = toInertText(text.replace(/^\d+ [A-Z_]+: /, ''), QUOTE_LIMIT)
  const refusals = [
    [library.EtcdPermissionDeniedError, 'denies us the permission to read the keys'],
    [library.EtcdAuthenticationFailedError, 'does not accept our user name and password'],
    [library.EtcdUserNotFoundError, 'does not know our user'],
    [library.EtcdRoleNotFoundError, 'does not know the role of our user'],
    [library.EtcdInvalidAuthTokenError, 'does not accept the token that it gave us'],
    [library.GRPCUnauthenticatedError, `does not accept us (${quote})`],
    // Code 9: authentication is not enabled, yet we have a user; code 3: it is enabled, and we have none.
    [library.GRPCFailedPreconditionError, `refuses our access (${quote})`],
    [library.GRPCInvalidArgumentError, `refuses our access (${quote})`],
    [library.GRPCNotImplementedError, `does not speak etcd's protocol, version 3 (${quote})`],
    [library.GRPCDataLossError, `says that its data is damaged (${quote})`],
  ] as const
  const refusal = refusals.find(([kind]) => error instanceof kind)
  if (refusal) return { kind: 'refused', why: refusal[1] }
  if (TLS_TROUBLE.test(text)) return { kind: 'refused', why: `can't be reached over TLS as configured (${quote})` }
  if (error instanceof library.GRPCDeadlineExceededError) return { kind: 'unavailable', why: 'did not answer in time' }
  return { kind: 'unavailable', why: `can't be asked (${quote})` }
}
