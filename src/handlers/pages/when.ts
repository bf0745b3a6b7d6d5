import { formatDuration } from '../../model/duration.ts'
import { type Html, html } from './html.ts'

/** A time in a text that the responder or an upstream wrote. */
const IN_TEXT = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)/

/** A time for people, UTC to the second, machine-readable in the markup. */
export function renderTime(iso: string): Html {
  return html`<time datetime="${iso}">${toWords(iso)}</time>`
}

/** A text with the times in it as people read them. */
export function renderTimesIn(text: string): (Html | string)[] {
  return text.split(IN_TEXT).map((part, index) => (index % 2 === 1 ? renderTime(part) : part))
}

/** The same where no markup can stand, as in a title. */
export function withPlainTimes(text: string): string {
  return text
    .split(IN_TEXT)
    .map((part, index) => (index % 2 === 1 ? toWords(part) : part))
    .join('')
}

/** How long until a time to come, or `now` once it is over; the time itself is its title. The page's script lets it tick. */
export function renderUntil(iso: string, nowMs: number): Html {
  const leftMs = Date.parse(iso) - nowMs
  const words = leftMs <= 0 ? 'now' : `in ${formatDuration(leftMs)}`
  return html`<time datetime="${iso}" title="${toTitle(iso)}" data-relative="until">${words}</time>`
}

/** How long ago a time was, in words. */
export function renderAgo(iso: string, nowMs: number): Html {
  const words = `${formatDuration(Math.max(0, nowMs - Date.parse(iso)))} ago`
  return html`<time datetime="${iso}" title="${toTitle(iso)}" data-relative="ago">${words}</time>`
}

function toWords(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`
}

function toTitle(iso: string): string {
  return `${iso.slice(0, 19)}Z`
}
