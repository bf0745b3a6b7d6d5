import { Html, type HtmlValue, html } from './html.ts'
import { STYLE } from './style.ts'

export interface Page {
  title: string
  /** Who is signed in, and the token for the sign-out form; null on the sign-in page. */
  viewer: Viewer | null
  body: HtmlValue
  /** Seconds after which the browser asks again; null for a page that somebody may be writing on. */
  refreshSeconds?: number | null
}

export interface Viewer {
  name: string
  /** Stands in every form; null for a reader who came with a bearer token. */
  formToken: string | null
}

/** A whole document: no script, nothing from another address. */
export function renderPage({ title, viewer, body, refreshSeconds = null }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refreshSeconds !== null && html`<meta http-equiv="refresh" content="${refreshSeconds}">`}
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header><div class="bar"><a class="name" href="/">KP Events Responder</a>${viewer && renderViewer(viewer)}</div></header>
<main>${body}</main>
</body>
</html>
`.toString()
}

/** The hidden field that shows a form to be ours. */
export function formTokenField({ formToken }: Viewer): Html {
  return html`<input type="hidden" name="formToken" value="${formToken}">`
}

function renderViewer(viewer: Viewer): Html {
  return html`<span class="soft">${viewer.name}</span>
<form class="inline" method="post" action="/sign-out">${formTokenField(viewer)}<button class="plain">Sign out</button></form>`
}
