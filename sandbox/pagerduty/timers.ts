import { escalate } from './assignment.ts'
import type { Act, IncidentRecord } from './incident.ts'
import type { IncidentStore } from './store.ts'
import { unacknowledge } from './transitions.ts'

/** The longest wait of a Node timer, in milliseconds; a later one is set again when this one ends. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Ends snoozes and acknowledgements and escalates when due: after a jump of the clock, and in real time. */
export class Timers {
  readonly #store: IncidentStore
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(store: IncidentStore) {
    this.#store = store
    store.onDue = () => this.#arm()
    store.context.clock.onJump(() => this.settle())
  }

  /** Carries out what fell due by now, in the order in which it fell due and with that time. */
  settle(): void {
    const nowMs = this.#store.now().getTime()
    while (this.#store.nextDueMs <= nowMs) {
      const due = findNextDue(this.#store.open())
      this.#store.nextDueMs = due ? due.at.getTime() : Number.POSITIVE_INFINITY
      if (!due || due.at.getTime() > nowMs) break
      const act: Act = { actor: { kind: 'timeout' }, at: due.at }
      if (due.kind === 'unacknowledge') unacknowledge(this.#store, due.incident, act)
      else escalate(this.#store, due.incident, due.incident.level + 1, act)
    }
    this.#arm()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const waitMs = this.#store.nextDueMs - this.#store.now().getTime()
    if (this.#closed || !Number.isFinite(waitMs)) return
    this.#timer = setTimeout(() => this.settle(), Math.min(Math.max(waitMs, 0), MAX_TIMER_MS))
    this.#timer.unref()
  }
}

interface Due {
  incident: IncidentRecord
  kind: 'unacknowledge' | 'escalate'
  at: Date
}

function findNextDue(incidents: Iterable<IncidentRecord>): Due | undefined {
  let next: Due | undefined
  for (const incident of incidents) {
    const { unacknowledgeAt, escalateAt } = incident
    if (unacknowledgeAt && (!next || unacknowledgeAt < next.at)) {
      next = { incident, kind: 'unacknowledge', at: unacknowledgeAt }
    }
    if (escalateAt && (!next || escalateAt < next.at)) next = { incident, kind: 'escalate', at: escalateAt }
  }
  return next
}
