import { formatDuration } from '../../model/duration.ts'
import { type Html, html } from './html.ts'

/** A time for people, UTC to the second, machine-readable in the markup. */
export function renderTime(iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`
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

function toTitle(iso: string): string {
  return `${iso.slice(0, 19)}Z`
}
