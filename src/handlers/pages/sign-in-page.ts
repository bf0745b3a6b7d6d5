import { html } from './html.ts'
import { renderPage } from './layout.ts'

const OWN_PATH = /^\/cases\/[A-Za-z0-9._~%-]{1,200}$/

/** The sign-in page. `next` is the path that the reader wanted; `isRefused` after a token that nobody has. */
export function renderSignInPage({ next, isRefused }: { next: string; isRefused: boolean }): string {
  return renderPage({
    title: 'Sign in · KP Events Responder',
    viewer: null,
    body: html`<div class="card narrow"><h1>Sign in</h1>
<form method="post" action="/sign-in">
<p><label for="token">Operator token</label></p>
${isRefused && html`<p class="pill red" role="alert">This token is not known.</p>`}
<input type="hidden" name="next" value="${toOwnPath(next)}">
<p><input id="token" type="password" name="token" autocomplete="current-password" required autofocus></p>
<p><button class="main">Sign in</button></p>
</form></div>`,
  })
}

/** The path if it is one of our pages, else the list: a sign-in leads nowhere else. */
export function toOwnPath(path: string): string {
  return OWN_PATH.test(path) ? path : '/'
}
