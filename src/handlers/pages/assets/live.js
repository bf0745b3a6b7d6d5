// Keeps a page as it is now: asks for it anew whenever the server says that something on it changed. Without this script
// every page works all the same, and the list reloads itself.
import { copyOnClick } from './copy.js'
import { morph } from './morph.js'
import { startTicking } from './ticking.js'

/** The server says each 15 s that it is there. */
const SILENCE_MS = 40_000
const RECONNECT_MS = 3_000
/** What was missed for longer than this makes the page stale. */
const STALE_MS = 10_000
/** Changes that come close together are shown together. */
const GATHER_MS = 250
const HELD_RETRY_MS = 2_000

/** "Live" is the mode's word. */
const WORDS = { live: 'up to date', reconnecting: 'reconnecting', stale: 'stale', held: 'held' }

const shown = document.querySelector('main')
const status = document.querySelector('#live')
/** @type {EventSource | null} */
let stream = null
/** @type {ReturnType<typeof setTimeout> | undefined} */
let watchdog
/** @type {ReturnType<typeof setTimeout> | undefined} */
let pending
/** @type {ReturnType<typeof setTimeout> | undefined} */
let aging
/** Since when nothing is known. @type {Date | null} */
let lostAt = null
let isFetching = false

document.documentElement.classList.add('script')
copyOnClick()
startTicking()
if (shown && status) {
  connect()
  // A page that nobody sees holds no connection: a browser has only six for each server.
  document.addEventListener('visibilitychange', () => (document.hidden ? leave() : connect()))
}

function connect() {
  if (stream) return
  // From what is shown on: what changed before the connection stood is told too.
  stream = new EventSource(`/api/stream?since=${shown?.dataset.since}`)
  stream.addEventListener('open', () => {
    // A browser that connects again by itself asks with the old address: it may be told of more than it misses.
    found()
    heard()
  })
  stream.addEventListener('store', (event) => {
    heard()
    /** @type {{ readable: boolean }} */
    const { readable } = JSON.parse(event.data)
    if (readable) found()
    else lost()
  })
  stream.addEventListener('beat', heard)
  stream.addEventListener('mode', (event) => {
    heard()
    /** @type {{ mode: string, paused: boolean, frozen: boolean }} */
    const { mode, paused, frozen } = JSON.parse(event.data)
    if (shown?.dataset.mode !== `${mode} ${paused} ${frozen}`) refreshSoon()
  })
  stream.addEventListener('changed', (event) => {
    heard()
    if (concernsThisPage(event.data)) refreshSoon()
  })
  stream.addEventListener('error', () => {
    lost()
    if (stream?.readyState === EventSource.CLOSED) reconnectSoon()
  })
  heard()
}

function leave() {
  clearTimeout(aging)
  disconnect()
}

function disconnect() {
  clearTimeout(watchdog)
  stream?.close()
  stream = null
}

/** A connection that is gone without a word is noticed by its silence. */
function heard() {
  clearTimeout(watchdog)
  watchdog = setTimeout(() => {
    lost()
    reconnectSoon()
  }, SILENCE_MS)
}

function reconnectSoon() {
  disconnect()
  watchdog = setTimeout(() => {
    connect()
    refreshSoon() // Who is signed out meets the sign-in page.
  }, RECONNECT_MS)
}

function found() {
  lostAt = null
  clearTimeout(aging)
  say('live')
}

function lost() {
  lostAt ??= new Date()
  const forMs = Date.now() - lostAt.getTime()
  if (forMs < STALE_MS) say('reconnecting')
  else say('stale', `stale since ${lostAt.toISOString().slice(11, 19)} UTC`)
  clearTimeout(aging)
  aging = setTimeout(lost, STALE_MS)
}

/** @param {string} data */
function concernsThisPage(data) {
  const only = shown?.dataset.case
  /** @type {{ cases: string[] | null }} */
  const { cases } = JSON.parse(data)
  return only === undefined || cases === null || cases.includes(only)
}

/** @param {number} [ms] */
function refreshSoon(ms = GATHER_MS) {
  clearTimeout(pending)
  pending = setTimeout(refresh, ms)
}

/** Not while somebody writes: what they are about to send must not change under their hands. */
function isHeld() {
  const active = document.activeElement
  if (active instanceof HTMLInputElement || active instanceof HTMLSelectElement) return true
  return [...document.querySelectorAll('main input')].some(
    (field) => field instanceof HTMLInputElement && field.type !== 'hidden' && field.value !== field.defaultValue,
  )
}

function refresh() {
  if (isHeld()) {
    say('held', 'newer, shown when you have written')
    refreshSoon(HELD_RETRY_MS)
    return
  }
  if (isFetching) return refreshSoon()
  isFetching = true
  // As a document, and not as text that is parsed here: no markup is ever made of a string.
  const request = new XMLHttpRequest()
  request.responseType = 'document'
  request.addEventListener('loadend', () => {
    isFetching = false
    if (request.status === 401) location.reload()
    else if (request.status === 200 && request.responseXML) show(request.responseXML)
  })
  request.open('GET', location.href)
  request.send()
}

/** @param {Document} fresh */
function show(fresh) {
  const main = fresh.querySelector('main')
  if (!main || !shown) return
  if (isHeld()) return refreshSoon(HELD_RETRY_MS)
  morph(shown, main)
  document.title = fresh.title
  if (!lostAt) say('live')
}

/**
 * @param {'live' | 'reconnecting' | 'stale' | 'held'} state
 * @param {string} [words]
 */
function say(state, words = WORDS[state]) {
  if (!(status instanceof HTMLElement)) return
  status.dataset.state = state
  // The same words again would be read out again.
  if (status.textContent !== words) status.textContent = words
}
