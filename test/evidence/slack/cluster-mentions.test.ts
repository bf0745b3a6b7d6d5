import { describe, expect, test } from '@jest/globals'
import { ClusterMentions } from '../../../src/evidence/slack/cluster-mentions.ts'
import type { IndexedMessage } from '../../../src/model/slack-message.ts'

const A = 'c0ffee0000000000000a'
const B = 'c0ffee0000000000000b'

function message(ts: string, text: string, threadTs: string | null = null): IndexedMessage {
  const author = { botId: 'B1', appId: null, userId: null, name: null }
  return { channel: 'C1', ts, threadTs, author, segments: [text], editedTs: null }
}

describe('news about clusters', () => {
  test('a message is news once, and again when it says something else, for the old and the new clusters', () => {
    const mentions = new ClusterMentions()
    expect(mentions.note(message('1', `failed ${A}`))).toEqual([A])
    expect(mentions.note(message('1', `failed ${A}`))).toEqual([])
    expect(mentions.note(message('1', `well again ${A}`))).toEqual([A])
    expect(mentions.note(message('1', `failed ${B}`))).toEqual([A, B])
    expect(mentions.note(message('1', 'nothing'))).toEqual([B])
    expect(mentions.note(message('1', 'nothing else'))).toEqual([])
  })

  test('a deletion is news for what was named', () => {
    const mentions = new ClusterMentions()
    mentions.note(message('1', A))
    expect(mentions.remove('1')).toEqual([A])
    expect(mentions.remove('1')).toEqual([])
  })

  test('parents missing from a span are news, replies and what lies outside are not', () => {
    const mentions = new ClusterMentions()
    mentions.note(message('1', A))
    mentions.note(message('2', A))
    mentions.note(message('3', B))
    mentions.note(message('3.5', B, '3'))
    mentions.note(message('4', B))
    expect(mentions.removeParentsNotIn({ oldest: '2', latest: '3.9' }, new Set(['2']))).toEqual([B])
    expect(mentions.removeParentsNotIn({ oldest: '0', latest: '9' }, new Set(['3.5']))).toEqual([A, A, B])
  })

  test('of very many messages the newest are remembered', () => {
    const mentions = new ClusterMentions()
    for (let at = 0; at <= 10_000; at++) mentions.note(message(String(at).padStart(6, '0'), A))
    expect(mentions.note(message('010000', A))).toEqual([])
    expect(mentions.note(message('000001', A))).toEqual([A])
    expect(mentions.note(message('000001', A))).toEqual([A])
  })
})
