import { cut } from '../../model/outside-text.ts'
import type { Claims } from './provider.ts'

const NAME_LIMIT = 200

/** Somebody who may act: the name for the audit, and the line of `OIDC_OPERATORS` that lets them. */
export interface Admitted {
  name: string
  entry: string
}

/**
 * Who the claims let in, or null. An e-mail address counts only where the provider says that it is verified: some let
 * people write any address there.
 */
export function whoMay(claims: Claims, operators: readonly string[]): Admitted | null {
  const email = claims.email_verified === true ? (claims.email?.toLowerCase() ?? null) : null
  const held = [
    ...(email === null ? [] : [email]),
    `sub:${claims.sub}`,
    ...(claims.groups ?? []).map((group) => `group:${group}`),
  ]
  const entry = held.find((one) => operators.includes(one))
  return entry === undefined ? null : { name: cut(email ?? claims.sub, NAME_LIMIT), entry }
}
