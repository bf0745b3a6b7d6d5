import type { ChannelBoard } from '../message-index.ts'

/**
 * The boards of the only process that reads and writes them. In memory: a restart has to read every channel whole again
 * before it proves anything.
 */
export class ChannelBoards {
  readonly #boards = new Map<string, ChannelBoard>()
  /** By channel: when an event told of which message. */
  readonly #fromEvents = new Map<string, Map<string, number>>()

  board(channel: string): ChannelBoard {
    return this.#boards.get(channel) ?? { reading: null, wish: null, changes: 0 }
  }

  put(channel: string, part: 'reading' | 'wish', document: string): void {
    this.#boards.set(channel, { ...this.board(channel), [part]: document })
  }

  countChange(channel: string): void {
    const board = this.board(channel)
    this.#boards.set(channel, { ...board, changes: board.changes + 1 })
  }

  noteFromEvent(channel: string, ts: string, atMs: number): void {
    const known = this.#fromEvents.get(channel) ?? new Map<string, number>()
    this.#fromEvents.set(channel, known.set(ts, atMs))
  }

  fromEventsSince(channel: string, sinceMs: number): string[] {
    const known = this.#fromEvents.get(channel)
    if (!known) return []
    for (const [ts, atMs] of known) if (atMs < sinceMs) known.delete(ts)
    return [...known.keys()]
  }
}
