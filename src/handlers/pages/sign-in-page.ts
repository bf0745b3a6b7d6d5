import { html } from './html.ts'
import { renderPage } from './layout.ts'

const OWN_PATH = /^\/(?:\?cluster=[0-9a-z]{1,100}|figures(?:\?days=\d{1,3})?|cases\/[A-Za-z0-9._~%-]{1,200})$/

const SAID = {
  'unknown-token': 'This token is not known.',
  'sign-in-over': 'That took too long, or was begun in another browser. Please begin again.',
  'sign-in-failed': 'Your organisation did not sign you in. Please try again, or use a token.',
  'no-operator': 'You are signed in at your organisation, but are not among the operators here.',
} as const
export type SignInFault = keyof typeof SAID

export interface SignInPage {
  /** The path that the reader wanted. */
  next: string
  /** What went wrong before, or null. */
  fault: SignInFault | null
  /** Whether the organisation's own sign-in can be used too. */
  hasOidc: boolean
}

export function renderSignInPage({ next, fault, hasOidc }: SignInPage): string {
  const path = toOwnPath(next)
  return renderPage({
    title: 'Sign in',
    viewer: null,
    body: html`<div class="card narrow"><h1>Sign in</h1>
${fault && html`<p class="banner red" role="alert">${SAID[fault]}</p>`}
${
  hasOidc &&
  html`<p><a class="button main" href="/sign-in/oidc?next=${encodeURIComponent(path)}">With your organisation</a></p><hr>`
}
<form method="post" action="/sign-in">
<p><label for="token">Operator token</label>
<input type="hidden" name="next" value="${path}">
<input id="token" type="password" name="token" autocomplete="current-password" required autofocus></p>
<button${!hasOidc && html` class="main"`}>Sign in${hasOidc && ' with the token'}</button>
<p class="small soft">The part of <span class="mono">OPERATOR_TOKENS</span> behind your name and the colon. All that you do here stands in the audit under that name.</p>
</form></div>`,
  })
}

/** The path if it is one of our pages, else the list: a sign-in leads nowhere else. */
export function toOwnPath(path: string): string {
  return OWN_PATH.test(path) ? path : '/'
}
