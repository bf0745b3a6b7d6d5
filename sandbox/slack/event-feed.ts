import { createHmac, randomBytes } from 'node:crypto'
import type { SandboxClock } from '../clock.ts'
import { type JsonObject, WORKSPACE } from './message.ts'
import type { SocketFeed } from './socket.ts'

/** Slack waits this long for a 2xx, in real milliseconds. */
export const ANSWER_WITHIN_MS = 3_000
/** Retry 1 comes at once; the others wait in sandbox time. Source: Events API. */
export const RETRY_DELAYS_MS = [0, 60_000, 300_000] as const
/** Deliveries at a time. */
const MAX_PARALLEL = 32

export interface EventTarget {
  url: string
  signingSecret: string
  teamId?: string
  apiAppId?: string
  /** Where buttons and slash commands go. Default: `url`, as with Bolt's one route. */
  interactivityUrl?: string
  /** Milliseconds of real time to wait for an answer. Default {@link ANSWER_WITHIN_MS}. */
  answerWithinMs?: number
  /** The time that is signed. Default: the sandbox's clock; a receiver on real time needs real time here after a jump. */
  signingTime?: () => Date
  socket?: SocketFeed
}

/** One attempt of one delivery. */
export interface Attempt {
  eventId: string
  type: string
  retryNum: number
  /** Null where nothing was answered. */
  status: number | null
  failure: string | null
}

export interface PostAnswer {
  /** Null where nothing was answered. */
  status: number | null
  body: string
  failure: string | null
}

interface Pending {
  body: JsonObject
  eventId: string
  type: string
  retryNum: number
  reason: string | null
  dueAtMs: number
}

/** The Events API's sending side: signed, at least once, retried, and sometimes silent. */
export class EventFeed {
  readonly attempts: Attempt[] = []
  readonly #clock: SandboxClock
  #target: EventTarget | undefined
  #isPaused = false
  #held: Pending[] = []
  #waiting: Pending[] = []
  #queue: Pending[] = []
  readonly #underWay = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #abort = new AbortController()

  constructor(clock: SandboxClock) {
    this.#clock = clock
    clock.onJump(() => this.#sendDue())
  }

  connect(target: EventTarget): void {
    this.#target = target
  }

  /** Sends nothing any more and gives up what is under way. */
  disconnect(): void {
    this.#target = undefined
    this.#isPaused = false
    this.#held = []
    this.#waiting = []
    this.#queue = []
    clearTimeout(this.#timer)
    this.#abort.abort()
    this.#abort = new AbortController()
  }

  pause(): void {
    this.#isPaused = true
  }

  /** Ends a pause; the events of the pause are sent now or, as after Slack's outages, never. */
  resume(options: { replay: boolean }): void {
    this.#isPaused = false
    const held = this.#held
    this.#held = []
    if (options.replay) for (const pending of held) this.#start(pending)
  }

  /** Wraps the event and sends it, if anybody is connected. */
  send(event: JsonObject): void {
    if (!this.#target) return
    const eventId = `Ev0${randomBytes(5).toString('hex').toUpperCase()}`
    const body = this.wrap(event, eventId)
    const type = [event.type, event.subtype].filter((part) => part !== undefined).join('.')
    const pending: Pending = { body, eventId, type, retryNum: 0, reason: null, dueAtMs: 0 }
    if (this.#isPaused) this.#held.push(pending)
    else this.#start(pending)
  }

  /** The event_callback envelope around an event. */
  wrap(event: JsonObject, eventId: string): JsonObject {
    const teamId = this.#target?.teamId ?? WORKSPACE.teamId
    return {
      token: 'sandbox-verification-token',
      team_id: teamId,
      context_team_id: teamId,
      context_enterprise_id: null,
      api_app_id: this.#target?.apiAppId ?? WORKSPACE.appId,
      event,
      type: 'event_callback',
      event_id: eventId,
      event_time: Math.floor(this.#clock.now().getTime() / 1000),
      authorizations: [
        {
          enterprise_id: null,
          team_id: teamId,
          user_id: WORKSPACE.botUserId,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      is_ext_shared_channel: false,
      event_context: `4-${eventId}`,
    }
  }

  /** Posts a body, signed unless the headers say otherwise. Never throws for what the receiver does. */
  async post(
    body: string,
    options: { contentType: string; headers?: Record<string, string>; to?: string },
  ): Promise<PostAnswer> {
    const target = this.#target
    if (!target) throw new Error('connect the sandbox to a receiver first')
    if (target.socket) return target.socket.deliver(body, options.contentType)
    const timestamp = String(Math.floor((target.signingTime?.() ?? this.#clock.now()).getTime() / 1000))
    const signature = createHmac('sha256', target.signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')
    const headers = {
      'content-type': options.contentType,
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
      ...options.headers,
    }
    const late = AbortSignal.timeout(target.answerWithinMs ?? ANSWER_WITHIN_MS)
    const signal = AbortSignal.any([late, this.#abort.signal])
    try {
      const response = await fetch(options.to ?? target.url, {
        method: 'POST',
        headers,
        body,
        signal,
        redirect: 'manual',
      })
      const text = await response.text()
      return { status: response.status, body: text, failure: toFailure(response) }
    } catch {
      return { status: null, body: '', failure: late.aborted ? 'http_timeout' : 'connection_failed' }
    }
  }

  /** Posts the fields as Slack's interactivity does. */
  postForm(fields: Record<string, string>, headers: Record<string, string> = {}): Promise<PostAnswer> {
    const to = this.#target?.interactivityUrl
    const options = { contentType: 'application/x-www-form-urlencoded', headers, ...(to !== undefined && { to }) }
    return this.post(new URLSearchParams(fields).toString(), options)
  }

  /** Resolves when every delivery under way has been answered; retries that wait for the clock are not. */
  async flush(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  /** Deliveries that wait for their next retry. */
  waiting(): number {
    return this.#waiting.length
  }

  #start(pending: Pending): void {
    this.#queue.push(pending)
    this.#pump()
  }

  #pump(): void {
    while (this.#underWay.size < MAX_PARALLEL) {
      const pending = this.#queue.shift()
      if (!pending) return
      const run = this.#deliver(pending).finally(() => {
        this.#underWay.delete(run)
        this.#pump()
      })
      this.#underWay.add(run)
    }
  }

  async #deliver(pending: Pending): Promise<void> {
    const { eventId, type, retryNum, reason } = pending
    if (!this.#target) return
    const retryHeaders = { 'x-slack-retry-num': String(retryNum), 'x-slack-retry-reason': reason ?? 'unknown_error' }
    const { signal } = this.#abort
    const answer = await this.post(JSON.stringify(pending.body), {
      contentType: 'application/json',
      headers: retryNum > 0 ? retryHeaders : {},
    })
    this.attempts.push({ eventId, type, retryNum, status: answer.status, failure: answer.failure })
    if (signal.aborted || answer.failure === null || answer.failure === 'no_retry') return
    const delayMs = RETRY_DELAYS_MS[retryNum]
    if (delayMs === undefined) return
    const next = {
      ...pending,
      retryNum: retryNum + 1,
      reason: answer.failure,
      dueAtMs: this.#clock.now().getTime() + delayMs,
    }
    if (delayMs === 0) return this.#deliver(next)
    this.#waiting.push(next)
    this.#arm()
  }

  #sendDue(): void {
    const nowMs = this.#clock.now().getTime()
    const due = this.#waiting.filter((pending) => pending.dueAtMs <= nowMs)
    this.#waiting = this.#waiting.filter((pending) => pending.dueAtMs > nowMs)
    for (const pending of due) this.#start(pending)
    this.#arm()
  }

  #arm(): void {
    clearTimeout(this.#timer)
    if (this.#waiting.length === 0) return
    const dueAtMs = Math.min(...this.#waiting.map((pending) => pending.dueAtMs))
    this.#timer = setTimeout(() => this.#sendDue(), Math.max(0, dueAtMs - this.#clock.now().getTime()))
    this.#timer.unref()
  }
}

function toFailure(response: Response): string | null {
  if (response.ok) return null
  if (response.headers.get('x-slack-no-retry') === '1') return 'no_retry'
  return response.status >= 300 && response.status < 400 ? 'too_many_redirects' : 'http_error'
}
