import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { toIndexedMessage } from '../../../src/evidence/slack/message-text.ts'
import { clusterIdTokens } from '../../../src/model/cluster-id.ts'

const CHANNEL = 'C018KJ6NW4A'
const TS = '1700000000.000100'
const ID = 'c0ffee00000000000001'

/** Every place of a message that can hold text, each with the text put there. */
const PLACES: Record<string, (text: string) => object> = {
  'the text': (text) => ({ text }),
  'an attachment text': (text) => ({ attachments: [{ text }] }),
  'an attachment pretext': (text) => ({ attachments: [{ pretext: text }] }),
  'an attachment title': (text) => ({ attachments: [{ title: text }] }),
  'an attachment title link': (text) => ({ attachments: [{ title_link: `https://logs.example/?q=${text}` }] }),
  'an attachment fallback': (text) => ({ attachments: [{ fallback: text }] }),
  'an attachment footer': (text) => ({ attachments: [{ footer: text }] }),
  'an attachment author': (text) => ({ attachments: [{ author_name: text }] }),
  'an attachment field title': (text) => ({ attachments: [{ fields: [{ title: text, value: 'x' }] }] }),
  'an attachment field value': (text) => ({ attachments: [{ fields: [{ title: 'Cluster', value: text }] }] }),
  'a block of an attachment': (text) => ({ attachments: [{ blocks: [section(text)] }] }),
  'a shared message of an attachment': (text) => ({
    attachments: [{ message_blocks: [{ message: { blocks: [section(text)] } }] }],
  }),
  'a section': (text) => ({ blocks: [section(text)] }),
  'a section field': (text) => ({
    blocks: [
      {
        type: 'section',
        fields: [
          { type: 'mrkdwn', text: 'a' },
          { type: 'mrkdwn', text },
        ],
      },
    ],
  }),
  'a header': (text) => ({ blocks: [{ type: 'header', text: { type: 'plain_text', text } }] }),
  'a context element': (text) => ({ blocks: [{ type: 'context', elements: [{ type: 'mrkdwn', text }] }] }),
  'a markdown block': (text) => ({ blocks: [{ type: 'markdown', text }] }),
  'a table cell': (text) => ({
    blocks: [
      {
        type: 'table',
        rows: [
          [
            { type: 'raw_text', text: 'a' },
            { type: 'raw_text', text },
          ],
        ],
      },
    ],
  }),
  'a rich text section': (text) => rich({ type: 'rich_text_section', elements: [{ type: 'text', text }] }),
  'a rich text quote': (text) => rich({ type: 'rich_text_quote', elements: [{ type: 'text', text }] }),
  'a rich text preformatted part': (text) =>
    rich({ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }),
  'a rich text list item': (text) =>
    rich({ type: 'rich_text_list', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] }),
  'the address of a rich text link': (text) =>
    rich({ type: 'rich_text_section', elements: [{ type: 'link', url: `https://x.example/${text}`, text: 'open' }] }),
  'a link address': (text) => ({ text: `see <https://x.example/${text}|the cluster>` }),
  'a link label': (text) => ({ text: `see <https://x.example/|${text}>` }),
  'the preview of a snippet': (text) => ({ files: [{ title: 'log', preview: text }] }),
}

function section(text: string): object {
  return { type: 'section', text: { type: 'mrkdwn', text } }
}

function rich(element: object): object {
  return { blocks: [{ type: 'rich_text', elements: [element] }] }
}

function segmentsOf(message: object): string[] {
  return toIndexedMessage(CHANNEL, { type: 'message', ts: TS, ...message })?.segments ?? []
}

function tokensOf(message: object): string[] {
  return segmentsOf(message).flatMap(clusterIdTokens)
}

describe('the text of a Slack message', () => {
  test.each(Object.keys(PLACES))('a cluster id in %s is found, whatever stands around it', (place) => {
    const put = PLACES[place] ?? (() => ({}))
    const id = fc.oneof(fc.stringMatching(/^[0-9a-v]{20}$/), fc.stringMatching(/^[0-9a-f]{32}$/))
    const noise = fc.stringMatching(/^[ .,:;'"/()*_~`-]{0,8}$/)
    fc.assert(
      fc.property(id, noise, noise, (clusterId, before, after) => {
        expect(tokensOf(put(`${before}${clusterId}${after}`))).toContain(clusterId)
      }),
    )
  })

  test('any JSON gives a message or null, never an error', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6 }),
        fc.jsonValue({ maxDepth: 6 }),
        fc.jsonValue(),
        (blocks, attachments, text) => {
          expect(() => toIndexedMessage(CHANNEL, text)).not.toThrow()
          const message = toIndexedMessage(CHANNEL, {
            ts: TS,
            blocks: [blocks],
            attachments: [attachments],
            text,
            bot_profile: blocks,
          })
          expect(message?.ts).toBe(TS)
        },
      ),
    )
  })

  test('an odd field hides no other text', () => {
    expect(
      segmentsOf({ text: 7, attachments: [null, 'x', { text: ['y'], title: 'kept' }], blocks: [3, section('too')] }),
    ).toEqual(['too', 'kept'])
  })

  test.each<[string, object, string[]]>([
    ['escaped characters are read', { text: 'a &amp;&lt;b&gt; &amp;lt;' }, ['a &<b> &lt;']],
    [
      'links keep address and label',
      { text: '<https://x.example/a?b&amp;c|log> <https://y.example>' },
      ['log (https://x.example/a?b&c) https://y.example'],
    ],
    [
      'mentions stay as they are',
      { text: '<@U1> <#C1|name> <!channel> <!subteam^S1|@x>' },
      ['<@U1> <#C1|name> <!channel> <!subteam^S1|@x>'],
    ],
    ['typographic quotes and hard spaces become plain', { text: '\u201cbusy\u201d\u00a0it\u2019s' }, ['"busy" it\'s']],
    ['a secret is masked', { text: `token=xoxb-12345678-abcdefgh of ${ID}` }, [`token=[masked] of ${ID}`]],
    ['each line is its own segment', { text: 'one\n\n two \r\nthree' }, ['one', 'two', 'three']],
    [
      'copies of a text count once',
      { text: 'same', blocks: [section('same')], attachments: [{ text: 'same', fallback: 'same' }] },
      ['same'],
    ],
    [
      'half-bold words stay whole',
      rich({
        type: 'rich_text_section',
        elements: [
          { type: 'text', text: 'x' },
          { type: 'text', text: ID, style: { bold: true } },
        ],
      }),
      [`x${ID}`],
    ],
    ['a join says nothing', { subtype: 'channel_join', text: `<@U1> joined ${ID}` }, []],
    ['a tombstone says nothing', { subtype: 'tombstone', text: 'This message was deleted.' }, []],
    [
      'buttons are no text',
      {
        text: 'a',
        blocks: [{ type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text: 'Wake' } }] }],
      },
      ['a'],
    ],
  ])('%s', (_sentence, message, segments) => {
    expect(segmentsOf(message)).toEqual(segments)
  })

  test('a long line is cut between words, marked, and loses no cluster', () => {
    const segments = segmentsOf({ text: `${'word '.repeat(4_000)}${ID} ${'tail '.repeat(4_000)}` })
    expect(segments.length).toBeGreaterThan(1)
    expect(segments[0]?.endsWith('…')).toBe(true)
    expect(segments.every((segment) => segment.length <= 16_385)).toBe(true)
    expect(segments.flatMap(clusterIdTokens)).toEqual([ID])
  })

  test('the end of a token too long for an id is no id', () => {
    expect(tokensOf({ text: `${'a'.repeat(16_384)}${ID} b` })).toEqual([])
  })

  test('of too many lines those that name a cluster stay', () => {
    const lines = Array.from({ length: 900 }, (_, at) => `line ${at}`)
    const segments = segmentsOf({ text: [...lines, `failed ${ID}`].join('\n') })
    expect(segments).toHaveLength(500)
    expect(segments.at(-1)).toBe(`failed ${ID}`)
  })

  test('author, thread and edit are taken from where each kind of bot has them', () => {
    const bot = {
      bot_id: 'B1',
      bot_profile: { app_id: 'A1', name: 'kp-events' },
      thread_ts: '1699999999.000001',
      edited: { user: 'U', ts: '1700000001.000000' },
    }
    expect(toIndexedMessage(CHANNEL, { ts: TS, text: '', ...bot })).toMatchObject({
      author: { botId: 'B1', appId: 'A1', userId: null, name: 'kp-events' },
      threadTs: '1699999999.000001',
      editedTs: '1700000001.000000',
    })
    expect(toIndexedMessage(CHANNEL, { ts: TS, thread_ts: TS, text: '' })?.threadTs).toBeNull()
  })

  test.each([{}, { ts: 1700000000.1 }, { ts: 'now' }, null, 'text', []])(
    'without a usable ts there is no message: %j',
    (raw) => {
      expect(toIndexedMessage(CHANNEL, raw)).toBeNull()
    },
  )
})
