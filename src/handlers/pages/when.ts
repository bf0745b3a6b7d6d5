import { formatDuration } from '../../model/duration.ts'
import { type Html, html } from './html.ts'

/** A time for people, UTC to the second, machine-readable in the markup. */
export function renderTime(iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`
}

/** A time to come with how long it is until then, or `now` once it is over. */
export function renderUntil(iso: string, nowMs: number): Html {
  const leftMs = Date.parse(iso) - nowMs
  return html`${leftMs <= 0 ? 'now' : `in ${formatDuration(leftMs)}`} (${renderTime(iso)})`
}

/** How long ago a time was, in words. */
export function renderAgo(iso: string, nowMs: number): Html {
  return html`<time datetime="${iso}">${formatDuration(Math.max(0, nowMs - Date.parse(iso)))} ago</time>`
}
