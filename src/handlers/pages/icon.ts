import { html } from './html.ts'

/** A key in a calm circle, in any size. */
export const ICON = html`<svg viewBox="0 0 32 32" aria-hidden="true" xmlns="http://www.w3.org/2000/svg"><circle cx="16" cy="16" r="16" fill="#0b5cad"/><g fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"><circle cx="11.5" cy="16" r="4.2"/><path d="M16 16h9m-3 0v4.2m-3.4-4.2v3"/></g></svg>`
