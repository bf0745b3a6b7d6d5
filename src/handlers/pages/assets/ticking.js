// Lets "in 5 min" and "2 min ago" go with the time, by the server's clock.
const EVERY_MS = 5_000
const MINUTE_MS = 60_000

/** Words for a duration, as the server writes them. @param {number} ms */
function toWords(ms) {
  if (ms < MINUTE_MS) return `${Math.max(0, Math.round(ms / 1_000))} s`
  const minutes = Math.round(ms / MINUTE_MS)
  const days = minutes > 72 * 60 ? Math.floor(minutes / 1_440) : 0
  const hours = Math.floor((minutes - days * 1_440) / 60)
  const parts = []
  if (days > 0) parts.push(`${days} d`)
  if (hours > 0) parts.push(`${hours} h`)
  if (minutes % 60 > 0 && days === 0) parts.push(`${minutes % 60} min`)
  return parts.join(' ')
}

export function startTicking() {
  const main = document.querySelector('main')
  /** The server's clock when the page was made, and ours then. */
  let saidAt = main?.dataset.now
  let readAt = Date.now()
  setInterval(() => {
    if (main?.dataset.now !== saidAt) {
      saidAt = main?.dataset.now
      readAt = Date.now()
    }
    const now = Number(saidAt) + Date.now() - readAt
    for (const time of document.querySelectorAll('time[data-relative]')) {
      if (time instanceof HTMLTimeElement) tick(time, Date.parse(time.dateTime) - now)
    }
  }, EVERY_MS)
}

/**
 * @param {HTMLTimeElement} time
 * @param {number} leftMs
 */
function tick(time, leftMs) {
  const isPast = time.dataset.relative === 'ago'
  const words = isPast ? `${toWords(Math.max(0, -leftMs))} ago` : leftMs <= 0 ? 'now' : `in ${toWords(leftMs)}`
  if (time.textContent !== words) time.textContent = words
}
