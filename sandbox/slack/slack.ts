import type { Ledger } from '../ledger.ts'
import type { SandboxContext, SandboxRequest, SandboxResponse, Upstream } from '../upstream.ts'
import { Access, type TokenKind } from './access.ts'
import { parseCall, SlackError } from './call.ts'
import { type Attempt, EventFeed, type EventTarget, type PostAnswer } from './event-feed.ts'
import { type ButtonPress, issueTrigger, parseAnswer, toBlockActions, toViewSubmission } from './interactions.ts'
import { type JsonObject, WORKSPACE } from './message.ts'
import { METHODS } from './methods.ts'
import { SlackPeople } from './people.ts'
import { RateLimits } from './rate-limits.ts'
import { SocketFeed } from './socket.ts'
import { SLACK_CHANNELS, Workspace } from './workspace.ts'

export type { Attempt, EventTarget, PostAnswer } from './event-feed.ts'
export type { ButtonPress } from './interactions.ts'
export type { MessageShape, SlackAuthor, SlackMessage } from './message.ts'
export { WORKSPACE } from './message.ts'
export type { HumanPost } from './people.ts'
export { SLACK_CHANNELS } from './workspace.ts'

/** Where answers to presses and commands go, below the prefix. */
const RESPONSE_PATH = '_response/'

/** A workspace with the runbook's channels: the Web API, the people in it, and the Events API out of it. */
export class SlackSandbox extends SlackPeople implements Upstream {
  readonly name = 'slack'
  readonly prefix = '/slack/api'
  /** Where the sandbox listens; response_urls lead there. */
  webBaseUrl = ''
  readonly #ledger: Ledger
  readonly #feed: EventFeed
  readonly #access = new Access()
  readonly #limits: RateLimits
  /** Slack's end of Socket Mode. */
  readonly socket = new SocketFeed()
  readonly #methodErrors = new Map<string, string>()

  constructor(context: SandboxContext) {
    const feed = new EventFeed(context.clock)
    super(new Workspace(context.clock, (event) => feed.send(event)))
    this.#ledger = context.ledger
    this.#feed = feed
    this.#limits = new RateLimits(context.clock)
  }

  async handle(request: SandboxRequest): Promise<SandboxResponse> {
    const name = request.path.replace(/^\//, '')
    if (name.startsWith(RESPONSE_PATH)) {
      this.workspace.answers.push(parseAnswer(request.rawBody))
      return { status: 200, body: 'ok' }
    }
    try {
      if (name === 'apps.connections.open')
        return { status: 200, body: { ok: true, url: await this.#openSocket(request) } }
      return this.#answer(name, request)
    } catch (error) {
      if (!(error instanceof SlackError)) throw error
      return { status: 200, body: { ok: false, error: error.code, ...error.extra } }
    }
  }

  #answer(name: string, request: SandboxRequest): SandboxResponse {
    const method = METHODS.get(name)
    if (!method) throw new SlackError('unknown_method', { req_method: name })
    const call = parseCall(request, method.acceptsJson)
    const caller = this.#access.identify(call.token)
    const waitSeconds = this.#limits.take(name)
    if (waitSeconds !== undefined) {
      return { status: 429, headers: { 'retry-after': String(waitSeconds) }, body: { ok: false, error: 'ratelimited' } }
    }
    this.#access.authorise(caller, { tokens: method.tokens, scope: method.scope })
    const wanted = this.#methodErrors.get(name)
    if (wanted !== undefined) throw new SlackError(wanted)
    const body = method.run(call, { workspace: this.workspace, ledger: this.#ledger, caller })
    return {
      status: 200,
      headers: {
        'x-oauth-scopes': this.#access.scopes(caller).join(','),
        ...(method.scope && { 'x-accepted-oauth-scopes': method.scope }),
      },
      body: { ok: true, ...structuredClone(body) },
    }
  }

  // Settings. A reset takes them all back.

  acceptOnly(kind: TokenKind, tokens: readonly string[]): void {
    this.#access.acceptOnly(kind, tokens)
  }

  setScopes(kind: TokenKind, scopes: readonly string[]): void {
    this.#access.setScopes(kind, scopes)
  }

  /** Refuses every token with this error (`token_revoked`, `account_inactive`, ...); null ends it. */
  refuseTokens(error: string | null): void {
    this.#access.refuseAll(error)
  }

  /** Calls of one method a minute of sandbox time; null: no limit, the default. */
  setRateLimit(method: string, perMinute: number | null): void {
    this.#limits.set(method, perMinute)
  }

  /** Sets every method to the limit of its tier. */
  enforceTiers(): void {
    for (const [name, { perMinute }] of METHODS) this.#limits.set(name, perMinute)
  }

  /** One method answers `{"ok":false,"error":...}` until null is set. */
  setMethodError(method: string, error: string | null): void {
    if (error === null) this.#methodErrors.delete(method)
    else this.#methodErrors.set(method, error)
  }

  /** How long new messages stay out of search.messages. Default 0. */
  setSearchLag(ms: number): void {
    this.workspace.searchLagMs = ms
  }

  // Events out.

  /** From now on every event goes to this receiver. */
  connect(target: EventTarget): void {
    this.#feed.connect(target)
  }

  /** From now on every event goes through the sockets that the app has opened. */
  connectSocket(): void {
    this.#feed.connect({ url: '', signingSecret: '', socket: this.socket })
  }

  disconnect(): void {
    this.#feed.disconnect()
  }

  /** Sends the `url_verification` of a new subscription; true if the challenge came back. */
  async verifyUrl(): Promise<boolean> {
    const challenge = `challenge-${issueTrigger(this.workspace)}`
    const answer = await this.sendEvent({ token: 'sandbox-verification-token', type: 'url_verification', challenge })
    return answer.status === 200 && answer.body.includes(challenge)
  }

  /** A silent hole begins. */
  pauseEvents(): void {
    this.#feed.pause()
  }

  /** It ends; without `replay` its events never come. */
  resumeEvents(options: { replay: boolean }): void {
    this.#feed.resume(options)
  }

  /** Posts a body of any kind once, signed unless `headers` replaces the signature: for hostile and repeated events. */
  sendEvent(raw: JsonObject | string, headers: Record<string, string> = {}): Promise<PostAnswer> {
    const body = typeof raw === 'string' ? raw : JSON.stringify(raw)
    return this.#feed.post(body, { contentType: 'application/json', headers })
  }

  /** Posts an interaction payload as a form, signed, and returns what was answered. */
  interact(payload: JsonObject, headers: Record<string, string> = {}): Promise<PostAnswer> {
    return this.#feed.postForm({ payload: JSON.stringify(payload) }, headers)
  }

  /** Presses a button of a message that is there; a RangeError if it is not. */
  press(press: ButtonPress): Promise<PostAnswer> {
    const responseUrl = press.responseUrl ?? this.#newResponseUrl()
    return this.interact(toBlockActions(this.workspace, this.channel(press.channel), { ...press, responseUrl }))
  }

  /** Answers the modal that was opened last. */
  submitView(answer: { userId: string; username?: string; values: JsonObject }): Promise<PostAnswer> {
    const view = this.workspace.views.at(-1)
    if (!view) throw new RangeError('no modal was opened')
    return this.interact(toViewSubmission(this.workspace, view, answer))
  }

  /** What was sent to response_urls, oldest first. */
  answers(): readonly JsonObject[] {
    return structuredClone(this.workspace.answers)
  }

  /** A trigger id, good for one `views.open` within 3 s. */
  newTrigger(): string {
    return issueTrigger(this.workspace)
  }

  /** Posts a form with these fields as a slash command. */
  slashCommand(fields: Record<string, string>): Promise<PostAnswer> {
    return this.#feed.postForm({
      trigger_id: this.newTrigger(),
      team_id: WORKSPACE.teamId,
      api_app_id: WORKSPACE.appId,
      channel_id: SLACK_CHANNELS.notify.id,
      response_url: this.#newResponseUrl(),
      ...fields,
    })
  }

  /** Source: apps.connections.open: an app-level token and no other. */
  #openSocket(request: SandboxRequest): Promise<string> {
    const error = this.#methodErrors.get('apps.connections.open')
    if (error !== undefined) throw new SlackError(error)
    const { token } = parseCall(request, true)
    if (!/^xapp-./.test(token ?? '')) throw new SlackError('not_allowed_token_type')
    return this.socket.address()
  }

  #newResponseUrl(): string {
    return `${this.webBaseUrl}${this.prefix}/${RESPONSE_PATH}${this.newTrigger()}`
  }

  /** Resolves when the deliveries under way have been answered. */
  flush(): Promise<void> {
    return this.#feed.flush()
  }

  /** Every delivery attempt so far, oldest first. */
  attempts(): readonly Attempt[] {
    return this.#feed.attempts
  }

  snapshot(): unknown {
    const channels = this.workspace.channels().map((channel) => ({
      id: channel.id,
      name: channel.name,
      isMember: channel.isMember,
      isArchived: channel.isArchived,
      messages: channel.all().map(({ message }) => message),
    }))
    return structuredClone({ now: this.workspace.clock.now().toISOString(), channels, views: this.workspace.views })
  }

  reset(): void {
    this.#feed.disconnect()
    this.#feed.attempts.length = 0
    this.workspace.reset()
    this.#access.reset()
    this.#limits.reset()
    this.#methodErrors.clear()
  }
}
