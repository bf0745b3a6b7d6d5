import type { Channel } from './channel.ts'
import type { JsonObject, MessageShape, SlackAuthor, SlackMessage } from './message.ts'
import { toContent, toDraft } from './shapes.ts'
import { toStoredText } from './text.ts'
import type { SlackUser, Workspace } from './workspace.ts'

/** What a person or bot of the sandbox posts. */
export interface HumanPost {
  /** Id or `#name`. */
  channel: string
  author: SlackAuthor
  shape: MessageShape
  /** As typed; it is escaped and its links marked, as Slack does. Control sequences need {@link SlackPeople.postRaw}. */
  text: string
  threadTs?: string
  /** The reply is shown in the channel too. */
  broadcast?: boolean
  /** Sandbox time of the message, may be in the past. Default: now. */
  at?: Date
  /** No event is sent. Default false. */
  silent?: boolean
}

/** People and bots of the workspace, who act by these methods and leave no ledger entry. */
export class SlackPeople {
  protected readonly workspace: Workspace

  constructor(workspace: Workspace) {
    this.workspace = workspace
  }

  /** Posts as somebody else than the responder and returns the ts. */
  post(post: HumanPost): string {
    const channel = this.#openChannel(post.channel)
    const draft = toDraft(post.author, post.shape, post.text)
    if (post.threadTs !== undefined) draft.thread_ts = post.threadTs
    if (post.broadcast) draft.subtype = 'thread_broadcast'
    const stored = this.workspace.post(channel, draft, {
      isOwn: false,
      shape: post.shape,
      ...(post.at && { atMs: post.at.getTime() }),
      ...(post.silent && { isSilent: true }),
    })
    return stored.message.ts
  }

  /** Puts a message object there as it is, with a ts of its own unless it has one, and returns the ts. */
  postRaw(channel: string, message: JsonObject, options: { silent?: boolean } = {}): string {
    const text = typeof message.text === 'string' ? message.text : ''
    const isSilent = options.silent ?? false
    const draft = { ...message, type: 'message' as const, text }
    return this.workspace.post(this.#openChannel(channel), draft, { isOwn: false, isSilent }).message.ts
  }

  /** Changes the text where the message's shape has it; `message_changed` is sent. */
  edit(channel: string, ts: string, newText: string): void {
    const { found, stored } = this.#find(channel, ts)
    const content = stored.shape ? toContent(stored.shape, newText) : { text: toStoredText(newText) }
    const edited = { user: stored.message.user ?? stored.message.bot_id ?? 'USLACKBOT', ts: this.workspace.eventTs() }
    this.workspace.change(found, stored, { ...stored.message, ...content, edited })
  }

  /** Deletes any message, the responder's too; a parent with replies becomes a tombstone. */
  remove(channel: string, ts: string): void {
    const { found, stored } = this.#find(channel, ts)
    this.workspace.remove(found, stored)
  }

  /** Introduces a person, for users.info. */
  addUser(user: SlackUser): void {
    this.workspace.users.set(user.id, user)
  }

  setGroup(id: string, userIds: readonly string[]): void {
    this.workspace.groups.set(id, [...userIds])
  }

  addChannel(options: { id: string; name: string; isPrivate?: boolean }): void {
    this.workspace.addChannel(options)
  }

  setArchived(channel: string, isArchived: boolean): void {
    this.workspace.setArchived(this.channel(channel), isArchived)
  }

  /** Whether the responder's bot is in the channel. */
  setMember(channel: string, isMember: boolean): void {
    this.workspace.setMember(this.channel(channel), isMember)
  }

  /** Every message of the channel, replies too, oldest first. */
  messages(channel: string): SlackMessage[] {
    return structuredClone(
      this.channel(channel)
        .all()
        .map(({ message }) => message),
    )
  }

  /** Those the responder's bot posted. */
  ownMessages(channel: string): SlackMessage[] {
    const own = this.channel(channel)
      .all()
      .filter(({ isOwn }) => isOwn)
    return structuredClone(own.map(({ message }) => message))
  }

  protected channel(reference: string): Channel {
    const channel = this.workspace.byIdOrName(reference)
    if (!channel) throw new RangeError(`the sandbox has no channel ${reference}`)
    return channel
  }

  #openChannel(reference: string): Channel {
    const channel = this.channel(reference)
    if (channel.isArchived) throw new RangeError(`${reference} is archived, nobody can post there`)
    return channel
  }

  #find(reference: string, ts: string) {
    const found = this.channel(reference)
    const stored = found.find(ts)
    if (!stored) throw new RangeError(`no message ${ts} in ${reference}`)
    return { found, stored }
  }
}
