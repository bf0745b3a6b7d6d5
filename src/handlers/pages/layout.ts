import type { ModeInForce } from '../../store/store.ts'
import { Html, type HtmlValue, html } from './html.ts'
import { ICON } from './icon.ts'
import { STYLE } from './style.ts'

export interface Page {
  title: string
  /** Who is signed in, and the token for the sign-out form; null on the sign-in page. */
  viewer: Viewer | null
  body: HtmlValue
  /** Which entry of the navigation the page is. */
  here?: '/' | '/figures' | null
  /** The page shows what changes: its script keeps it as it is now. Null where nothing does. */
  live?: Live | null
}

export interface Live {
  /** The server's clock, ms since the epoch. */
  nowMs: number
  /** The only case that the page is about, or null where any may change it. */
  caseId: string | null
  /** What the page shows is as of this position of the store's changes, or later. */
  position: number
  mode: ModeInForce
  /** Seconds after which a browser without script asks again; null for a page that somebody may be writing on. */
  refreshSeconds: number | null
}

export interface Viewer {
  name: string
  /** Stands in every form; null for a reader who came with a bearer token. */
  formToken: string | null
}

/** A whole document: one small script of our own, nothing from another address. */
export function renderPage({ title, viewer, body, here = null, live = null }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${live?.refreshSeconds && html`<noscript><meta http-equiv="refresh" content="${live.refreshSeconds}"></noscript>`}
<title>${title} · KP Events Responder</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<style>${new Html(STYLE)}</style>
${live && html`<script type="module" src="/assets/live.js"></script>`}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><div class="bar"><a class="name" href="/">${ICON}KP Events Responder</a>${viewer && renderViewer(viewer, here, live)}</div></header>
<main id="main" tabindex="-1"${live && html` data-now="${live.nowMs}" data-since="${live.position}" data-mode="${toWord(live.mode)}"`}${live?.caseId && html` data-case="${live.caseId}"`}>${body}</main>
<p id="said" class="unseen" role="status"></p>
</body>
</html>
`.toString()
}

/** What the script compares with what the stream tells. */
function toWord({ mode, paused, frozenWhy }: ModeInForce): string {
  return `${mode} ${paused} ${frozenWhy !== undefined}`
}

/** The hidden field that shows a form to be ours. */
export function formTokenField({ formToken }: Viewer): Html {
  return html`<input type="hidden" name="formToken" value="${formToken}">`
}

function renderViewer(viewer: Viewer, here: Page['here'], live: Live | null): Html {
  const entry = (path: string, text: string) =>
    html`<a href="${path}"${here === path && html` aria-current="page"`}>${text}</a>`
  return html`<nav aria-label="Main">${entry('/', 'Cases')}${entry('/figures', 'Figures')}</nav>
${live && html`<p id="live" role="status" data-state="reconnecting">connecting</p>`}
<div class="who"><span class="soft">${viewer.name}</span>
<form method="post" action="/sign-out">${formTokenField(viewer)}<button class="plain">Sign out</button></form></div>`
}
