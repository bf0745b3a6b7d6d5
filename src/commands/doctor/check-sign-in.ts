import type { Config } from '../../config/config.ts'
import { HttpError } from '../../handlers/http-error.ts'
import { createOidcProvider } from '../../handlers/oidc/provider.ts'
import { type Finding, fail, off, ok } from './finding.ts'

/** The organisation's own sign-in: whether its provider says where to go. Nobody is signed in. */
export async function* checkSignIn({ oidc }: Config): AsyncGenerator<Finding> {
  const check = 'sign-in'
  if (!oidc) {
    yield off(check, 'OIDC_ISSUER is not set: people sign in with an operator token')
    return
  }
  try {
    await createOidcProvider(oidc).begin()
    yield ok(check, `${oidc.issuer} answers; people are sent back to ${oidc.redirectUrl}`)
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    yield fail(
      check,
      `${oidc.issuer} can't be asked, or is no OIDC provider: operator tokens still work`,
      'check OIDC_ISSUER: its /.well-known/openid-configuration must answer from here',
    )
  }
}
