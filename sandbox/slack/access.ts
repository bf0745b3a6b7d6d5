import { SlackError } from './call.ts'

export type TokenKind = 'bot' | 'user'

/** Scopes of a fresh sandbox: what the responder's manifest asks for. */
export const DEFAULT_SCOPES: Readonly<Record<TokenKind, readonly string[]>> = {
  bot: [
    'channels:history',
    'channels:read',
    'chat:write',
    'commands',
    'reactions:write',
    'usergroups:read',
    'users:read',
    'users:read.email',
  ],
  user: ['search:read'],
}

/** Who may call. By default any non-empty xoxb- and xoxp- token is good. */
export class Access {
  readonly #accepted = new Map<TokenKind, ReadonlySet<string>>()
  readonly #scopes = new Map<TokenKind, readonly string[]>()
  #refusal: string | undefined

  /** From now on only these tokens of the kind are good. */
  acceptOnly(kind: TokenKind, tokens: readonly string[]): void {
    this.#accepted.set(kind, new Set(tokens))
  }

  setScopes(kind: TokenKind, scopes: readonly string[]): void {
    this.#scopes.set(kind, [...scopes])
  }

  /** Every call is refused with this error, for example `token_revoked` or `account_inactive`; null ends it. */
  refuseAll(error: string | null): void {
    this.#refusal = error ?? undefined
  }

  scopes(kind: TokenKind): readonly string[] {
    return this.#scopes.get(kind) ?? DEFAULT_SCOPES[kind]
  }

  /** @throws SlackError `not_authed`, `invalid_auth` or what {@link refuseAll} set. */
  identify(token: string | undefined): TokenKind {
    if (token === undefined) throw new SlackError('not_authed')
    const kind = /^xoxb-./.test(token) ? 'bot' : /^xoxp-./.test(token) ? 'user' : undefined
    if (kind === undefined || this.#accepted.get(kind)?.has(token) === false) throw new SlackError('invalid_auth')
    if (this.#refusal !== undefined) throw new SlackError(this.#refusal)
    return kind
  }

  /** @throws SlackError `not_allowed_token_type`, or `missing_scope` with `needed` and `provided`. */
  authorise(kind: TokenKind, need: { tokens: readonly TokenKind[]; scope: string | undefined }): void {
    if (!need.tokens.includes(kind)) throw new SlackError('not_allowed_token_type')
    if (need.scope === undefined || this.scopes(kind).includes(need.scope)) return
    throw new SlackError('missing_scope', { needed: need.scope, provided: this.scopes(kind).join(',') })
  }

  reset(): void {
    this.#accepted.clear()
    this.#scopes.clear()
    this.#refusal = undefined
  }
}
