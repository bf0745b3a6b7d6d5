import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { IndexedMessage } from '../../src/model/slack-message.ts'
import type { MessageIndex } from '../../src/store/message-index.ts'

export const CHANNEL = 'C9XGSR292'
export const ID = 'c0ffee00000000000001'
export const OTHER_ID = 'c0ffee00000000000002'
export const WHOLE = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }

/** An index under test. */
export interface OpenedIndex {
  index: MessageIndex
  /** Opens the same index anew, as another process does. */
  reopen: () => Promise<MessageIndex>
  /** All that is stored, as text. */
  dump: () => Promise<string>
  close: () => Promise<void>
}

export function message(ts: string, text: string, more: Partial<IndexedMessage> = {}): IndexedMessage {
  const author = { botId: 'B1', appId: null, userId: null, name: 'poster' }
  return { channel: CHANNEL, ts, threadTs: null, author, segments: [text], editedTs: null, ...more }
}

/** What every index keeps, whatever it is kept in. */
export function messageIndexContract(name: string, open: () => Promise<OpenedIndex>): void {
  describe(`the message index ${name}`, () => {
    let opened: OpenedIndex
    let index: MessageIndex

    beforeEach(async () => {
      opened = await open()
      index = opened.index
    })

    afterEach(() => opened.close())

    async function found(clusterId: string, span = WHOLE): Promise<string[]> {
      return (await index.findByCluster(CHANNEL, clusterId, span)).map(({ ts }) => ts)
    }

    test('a message is found by each cluster it names, oldest first, in its channel and span only', async () => {
      await index.upsertMessages([
        message('1700000002.000001', `b ${ID}`),
        message('1700000001.000001', `a ${ID} and ${OTHER_ID}`),
        message('1700000001.000002', `elsewhere ${ID}`, { channel: 'C1' }),
      ])
      expect(await found(ID)).toEqual(['1700000001.000001', '1700000002.000001'])
      expect(await found(OTHER_ID)).toEqual(['1700000001.000001'])
      expect(await found(ID, { fromMs: 1_700_000_001_001, toMs: 1_700_000_002_000 })).toEqual(['1700000002.000001'])
      expect(await index.findByCluster(CHANNEL, OTHER_ID, WHOLE)).toEqual([
        message('1700000001.000001', `a ${ID} and ${OTHER_ID}`),
      ])
    })

    test('the last edit wins in whatever order the forms come', async () => {
      const first = message('1700000001.000001', `first ${ID}`)
      const edited = message('1700000001.000001', `now ${OTHER_ID}`, { editedTs: '1700000009.000001' })
      await index.upsertMessages([first])
      await index.upsertMessages([edited])
      await index.upsertMessages([first, { ...first, editedTs: '1700000008.000001' }])
      expect(await found(ID)).toEqual([])
      expect(await index.findByCluster(CHANNEL, OTHER_ID, WHOLE)).toEqual([edited])
    })

    test('a changed form without an edit time is taken', async () => {
      await index.upsertMessages([message('1700000001.000001', ID)])
      await index.upsertMessages([message('1700000001.000001', OTHER_ID)])
      expect(await found(ID)).toEqual([])
      expect(await found(OTHER_ID)).toEqual(['1700000001.000001'])
    })

    test('a message deleted by an event does not come back with an older page, nor when the deletion came first', async () => {
      const seen = message('1700000001.000001', ID)
      await index.upsertMessages([seen])
      await index.deleteMessage(CHANNEL, seen.ts)
      await index.upsertMessages([{ ...seen, editedTs: '1700000005.000000' }])
      await index.deleteMessage(CHANNEL, '1700000002.000001')
      await index.upsertMessages([message('1700000002.000001', ID)])
      expect(await found(ID)).toEqual([])
    })

    test('parents of a span that a whole read did not give are forgotten with their replies, all else stays', async () => {
      const at = (second: number) => `170000000${second}.000500`
      await index.upsertMessages([
        message(at(0), `before ${ID}`),
        message(at(1), `first end ${ID}`),
        message(at(2), `gone ${ID}`),
        message(at(3), `kept ${ID}`),
        message(at(4), `reply of the gone ${ID}`, { threadTs: at(2) }),
        message(at(5), `reply of the kept ${ID}`, { threadTs: at(3) }),
        message(at(6), `last end ${ID}`),
        message('1700000006.000501', `same millisecond, outside ${ID}`),
      ])
      await index.deleteParentsNotIn(CHANNEL, { oldest: at(1), latest: at(6) }, new Set([at(3)]))
      expect(await found(ID)).toEqual([at(0), at(3), at(5), '1700000006.000501'])
      await index.upsertMessages([message(at(2), `back ${ID}`)])
      expect(await found(ID)).toContain(at(2))
    })

    test('a span of many messages is compared whole', async () => {
      const many = Array.from({ length: 4_500 }, (_, at) => message(`1700000000.${String(at).padStart(6, '0')}`, ID))
      await index.upsertMessages(many)
      const kept = new Set(many.filter((_, at) => at % 2 === 0).map(({ ts }) => ts))
      await index.deleteParentsNotIn(CHANNEL, { oldest: '1700000000.000000', latest: '1700000001.000000' }, kept)
      expect(await found(ID)).toEqual([...kept].sort())
    })

    test('the newest post is that of a listed bot or app, of any bot where none is listed, and follows what comes and goes', async () => {
      const author = (botId: string | null, appId: string | null) => ({
        author: { botId, appId, userId: null, name: null },
      })
      expect(await index.newestPostMs(CHANNEL, ['B1'])).toBeNull()
      await index.upsertMessages([
        message('1700000001.000000', 'x', author('B1', null)),
        message('1700000002.000000', 'x', author('B2', 'A2')),
        message('1700000003.000000', 'x', author(null, null)),
      ])
      expect(await index.newestPostMs(CHANNEL, ['B1'])).toBe(1_700_000_001_000)
      expect(await index.newestPostMs(CHANNEL, ['A2', 'B9'])).toBe(1_700_000_002_000)
      expect(await index.newestPostMs(CHANNEL, [])).toBe(1_700_000_002_000)
      await index.upsertMessages([message('1700000004.000000', 'x', author('B1', null))])
      expect(await index.newestPostMs(CHANNEL, ['B1'])).toBe(1_700_000_004_000)
      await index.deleteMessage(CHANNEL, '1700000004.000000')
      expect(await index.newestPostMs(CHANNEL, ['B1'])).toBe(1_700_000_001_000)
      expect(await index.newestPostMs('C1', [])).toBeNull()
    })

    test('it survives a restart, and keeps no text that names no cluster', async () => {
      await index.upsertMessages([
        message('1700000001.000000', `kept ${ID}`),
        message('1700000002.000000', 'private chatter'),
      ])
      await index.deleteMessage(CHANNEL, '1700000003.000000')
      index = await opened.reopen()
      await index.upsertMessages([message('1700000003.000000', ID)])
      expect(await found(ID)).toEqual(['1700000001.000000'])
      expect(await opened.dump()).not.toContain('chatter')
    })

    test('a reply is found with its parent, its author and its edit, and a changed reply takes the place of the earlier', async () => {
      const reply = message('1700000002.000001', `r ${ID}`, {
        threadTs: '1700000001.000001',
        author: { botId: null, appId: 'A 1, x', userId: 'U1', name: 'Ada\n"Byron"' },
        segments: [`r ${ID}`, 'second'],
        editedTs: '1700000003.000001',
      })
      await index.upsertMessages([
        message('1700000001.000001', 'parent'),
        { ...reply, editedTs: null, segments: [OTHER_ID] },
      ])
      await index.upsertMessages([reply])
      expect(await index.findByCluster(CHANNEL, ID, WHOLE)).toEqual([reply])
      expect(await found(OTHER_ID)).toEqual([])
      expect(await index.newestPostMs(CHANNEL, ['A 1, x'])).toBe(1_700_000_002_000)
      await index.deleteMessage(CHANNEL, reply.ts)
      await index.upsertMessages([reply])
      expect(await found(ID)).toEqual([])
      expect(await index.newestPostMs(CHANNEL, ['A 1, x'])).toBeNull()
    })

    test('it tells which clusters a stored message names, and none of one that is not there', async () => {
      await index.upsertMessages([
        message('1700000001.000001', `${ID} ${OTHER_ID}`),
        message('1700000002.000001', 'none'),
        message('1700000003.000001', ID, { threadTs: '1700000001.000001' }),
        message('1700000004.000001', ID),
      ])
      await index.deleteMessage(CHANNEL, '1700000004.000001')
      const named = (second: number) => index.clustersNamedBy(CHANNEL, `170000000${second}.000001`)
      expect((await named(1)).sort()).toEqual([ID, OTHER_ID])
      expect(await Promise.all([2, 3, 4, 5].map(named))).toEqual([[], [ID], [], []])
    })

    test('what an event told of is remembered by channel and time', async () => {
      await index.noteFromEvent(CHANNEL, '1700000001.000001', 1_700_000_001_000)
      await index.noteFromEvent(CHANNEL, '1700000002.000001', 1_700_000_005_000)
      await index.noteFromEvent('C1', '1700000003.000001', 1_700_000_005_000)
      expect(await index.fromEventsSince(CHANNEL, 1_700_000_005_000)).toEqual(['1700000002.000001'])
      expect(await index.fromEventsSince('C2', 0)).toEqual([])
    })

    test('a board shows what was put on it last, channel by channel, and another number after each change', async () => {
      expect(await index.board(CHANNEL)).toMatchObject({ reading: null, wish: null })
      await index.putOnBoard(CHANNEL, 'reading', '{"a":1}')
      await index.putOnBoard(CHANNEL, 'wish', 'w')
      await index.putOnBoard(CHANNEL, 'reading', '{"a":2}')
      const { changes, ...shown } = await index.board(CHANNEL)
      expect(shown).toEqual({ reading: '{"a":2}', wish: 'w' })
      await index.countChange(CHANNEL)
      expect((await index.board(CHANNEL)).changes).not.toBe(changes)
      expect(await index.board('C1')).toMatchObject({ reading: null, wish: null })
    })

    test('a deleted message is not forgotten by a whole read that did not see it', async () => {
      await index.upsertMessages([message('1700000001.000001', ID)])
      await index.deleteMessage(CHANNEL, '1700000001.000001')
      await index.deleteParentsNotIn(CHANNEL, { oldest: '1700000000.000000', latest: '1700000009.000000' }, new Set())
      await index.upsertMessages([message('1700000001.000001', ID)])
      expect(await found(ID)).toEqual([])
    })
  })
}
