import type { ErrorCode } from '../http-error.ts'
import { html } from './html.ts'
import { renderPage } from './layout.ts'
import { renderSignInPage } from './sign-in-page.ts'

const SAID: Partial<Record<ErrorCode, { title: string; text: string }>> = {
  not_found: { title: 'No such case', text: 'The case does not exist, or it is no longer kept.' },
  forbidden: {
    title: 'Not done',
    text: 'The form is from an earlier sign-in or from another site. Go back, reload the page and try again.',
  },
  bad_request: { title: 'Not done', text: 'The form was not complete. Go back and try again.' },
  unavailable: { title: 'Not available now', text: 'The store or an upstream did not answer. Try again in a moment.' },
}
const NO_PAGE = { title: 'No such page', text: 'There is nothing at this address.' }
const OTHERWISE = { title: 'Something went wrong', text: 'It has been logged. Try again in a moment.' }

/** The page of an error; for somebody who is not signed in, the sign-in page. `path` is what was asked for. */
export function renderErrorPage(code: ErrorCode, { path, hasOidc }: { path: string; hasOidc: boolean }): string {
  if (code === 'unauthorized') return renderSignInPage({ next: path, fault: null, hasOidc })
  const isOther = code === 'not_found' && !path.startsWith('/cases/')
  const { title, text } = isOther ? NO_PAGE : (SAID[code] ?? OTHERWISE)
  return renderPage({
    title,
    viewer: null,
    body: html`<div class="card narrow"><h1>${title}</h1><p>${text}</p><p><a class="button" href="/">All cases</a></p></div>`,
  })
}
