import type { SandboxClock } from '../clock.ts'
import { Channel } from './channel.ts'
import { type DraftMessage, type JsonObject, type MessageShape, type StoredMessage, WORKSPACE } from './message.ts'
import { toTs } from './timestamps.ts'

/** Channels of the sandbox by the name of their use; the first three ids are the runbook's. */
export const SLACK_CHANNELS = {
  kpEventsAlerts: { id: 'C018KJ6NW4A', name: 'armada-kp-events-alerts' },
  deployFailure: { id: 'C9XGSR292', name: 'armada-deploy-failure' },
  deployAlerts: { id: 'C54FY4EKG', name: 'armada-deploy-alerts' },
  notify: { id: 'C0KPNOTIFY1', name: 'armada-deploy' },
} as const

/** A trigger lives 3 s and opens one view. Source: Slack, interactivity. */
export const TRIGGER_LIFETIME_MS = 3_000

export interface Trigger {
  expiresAtMs: number
  isUsed: boolean
}

export interface SlackUser {
  id: string
  name: string
  realName: string
  email: string
}

export interface PostOptions {
  isOwn: boolean
  atMs?: number
  shape?: MessageShape
  /** No event is sent: the message was there before the app subscribed. */
  isSilent?: boolean
}

/** All state of the workspace. Every change is told as the event that Slack sends for it. */
export class Workspace {
  readonly clock: SandboxClock
  readonly triggers = new Map<string, Trigger>()
  readonly views: JsonObject[] = []
  readonly users = new Map<string, SlackUser>()
  /** Members of each user group, by its id. */
  readonly groups = new Map<string, readonly string[]>()
  /** What was sent to the response_url of each press and command, oldest first. */
  readonly answers: JsonObject[] = []
  /** How long a new message stays out of search.messages, in milliseconds. */
  searchLagMs = 0
  readonly #channels = new Map<string, Channel>()
  readonly #tell: (event: JsonObject) => void
  #lastEventMicros = 0

  constructor(clock: SandboxClock, tell: (event: JsonObject) => void) {
    this.clock = clock
    this.#tell = tell
    this.reset()
  }

  channels(): Channel[] {
    return [...this.#channels.values()]
  }

  /** The channel of this id, undefined if there is none. */
  byId(id: string): Channel | undefined {
    return this.#channels.get(id)
  }

  /** The channel of an id, `#name` or `name`. */
  byIdOrName(reference: string): Channel | undefined {
    const name = reference.replace(/^#/, '')
    return this.#channels.get(reference) ?? this.channels().find((channel) => channel.name === name)
  }

  addChannel(options: { id: string; name: string; isPrivate?: boolean }): Channel {
    const channel = new Channel(options)
    this.#channels.set(channel.id, channel)
    return channel
  }

  post(channel: Channel, draft: DraftMessage, options: PostOptions): StoredMessage {
    const nowMs = this.clock.now().getTime()
    const stored = channel.add(draft, {
      isOwn: options.isOwn,
      committedAtMs: nowMs,
      atMs: options.atMs ?? nowMs,
      ...(options.shape && { shape: options.shape }),
    })
    if (!options.isSilent) this.#tellMembers(channel, { ...stored.message, event_ts: stored.message.ts })
    return stored
  }

  /** Replaces the message's content; `message_changed` carries the old and the new form. */
  change(channel: Channel, stored: StoredMessage, next: StoredMessage['message']): void {
    const previous = stored.message
    stored.message = next
    this.#tellChange(channel, next, previous)
  }

  remove(channel: Channel, stored: StoredMessage): void {
    const previous = stored.message
    const tombstone = channel.remove(previous.ts)
    if (tombstone) {
      this.#tellChange(channel, tombstone, previous)
      return
    }
    const eventTs = this.eventTs()
    this.#tellMembers(channel, {
      type: 'message',
      subtype: 'message_deleted',
      hidden: true,
      ts: eventTs,
      event_ts: eventTs,
      deleted_ts: previous.ts,
      previous_message: previous,
    })
  }

  setArchived(channel: Channel, isArchived: boolean): void {
    if (channel.isArchived === isArchived) return
    channel.isArchived = isArchived
    const type = isArchived ? 'channel_archive' : 'channel_unarchive'
    this.#tell({ type, channel: channel.id, user: WORKSPACE.userId, is_moved: 0, event_ts: this.eventTs() })
  }

  setMember(channel: Channel, isMember: boolean): void {
    if (channel.isMember === isMember) return
    channel.isMember = isMember
    const told = { channel: channel.id, channel_type: 'C', team: WORKSPACE.teamId, event_ts: this.eventTs() }
    this.#tell(
      isMember
        ? { type: 'member_joined_channel', user: WORKSPACE.botUserId, inviter: WORKSPACE.userId, ...told }
        : { type: 'channel_left', channel: channel.id, actor_id: WORKSPACE.userId, event_ts: told.event_ts },
    )
  }

  /** A ts for something that happens now, never given twice. */
  eventTs(): string {
    this.#lastEventMicros = Math.max(this.clock.now().getTime() * 1000, this.#lastEventMicros + 1)
    return toTs(this.#lastEventMicros)
  }

  reset(): void {
    this.#channels.clear()
    this.triggers.clear()
    this.views.length = 0
    this.users.clear()
    this.groups.clear()
    this.answers.length = 0
    this.searchLagMs = 0
    for (const channel of Object.values(SLACK_CHANNELS)) this.addChannel(channel)
  }

  #tellChange(channel: Channel, message: StoredMessage['message'], previous: StoredMessage['message']): void {
    const eventTs = this.eventTs()
    this.#tellMembers(channel, {
      type: 'message',
      subtype: 'message_changed',
      hidden: true,
      ts: eventTs,
      event_ts: eventTs,
      message,
      previous_message: previous,
    })
  }

  /** Slack sends message events only for channels that the bot is a member of. */
  #tellMembers(channel: Channel, event: JsonObject): void {
    if (!channel.isMember) return
    this.#tell({ ...event, channel: channel.id, channel_type: channel.isPrivate ? 'group' : 'channel' })
  }
}
