import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { maskSecrets, toInertText } from '../../src/model/outside-text.ts'
import { stormNotice } from '../../src/plan/storm-notice.ts'
import { asOperator, startTestServer, type TestServer } from '../handlers/test-server.ts'
import { NOW_MS } from '../support/builders.ts'
import { ORDINARY, PAYLOADS } from './corpus.ts'
import { judgeLog, judgeMarkdown, judgeNote, judgePage, judgeSlack } from './judges.ts'
import { PLANTED_SECRETS } from './secrets.ts'
import { logWith, noteWithFingerprint, type Written, writeWith } from './sinks.ts'

const CASES = PAYLOADS.map(({ name, text }, index) => [name, text, index] as const)
const written = new Map<string, Written>()

/** What is written with a text, worked out once. */
function write(text: string, index: number): Written {
  const known = written.get(text) ?? writeWith(text, index)
  written.set(text, known)
  return known
}

test('the corpus has at least 200 payloads and 40 kinds of secrets, each once', () => {
  expect(new Set(PAYLOADS.map(({ name }) => name)).size).toBe(PAYLOADS.length)
  expect(PAYLOADS.length).toBeGreaterThanOrEqual(200)
  expect(PLANTED_SECRETS.length).toBeGreaterThanOrEqual(40)
})

describe('a note in PagerDuty links nowhere, forges no line and no mark with', () => {
  test.each(CASES)('%s', (_name, text, index) => {
    const { notes } = write(text, index)
    expect(notes.length).toBeGreaterThanOrEqual(2)
    for (const { content, marker } of notes) expect(judgeNote(content, marker)).toEqual([])
  })

  test('a fingerprint that is an address, a mention or our mark', () => {
    for (const fingerprint of ['https://evil.example/', '<!channel>', 'kp-responder:0123456789abcdef', '@ada']) {
      const note = noteWithFingerprint(fingerprint)
      expect(judgeNote(note.content, note.marker)).toEqual([])
    }
  })
})

describe('an issue and a comment on GitHub render no markup of others with', () => {
  test.each(CASES)('%s', (_name, text, index) => {
    for (const { body, marker } of write(text, index).issue) expect(judgeMarkdown(body, marker)).toEqual([])
  })
})

describe('a message in Slack mentions nobody and links nowhere with', () => {
  test.each(CASES)('%s', (_name, text, index) => {
    const { slack } = write(text, index)
    expect(slack.length).toBeGreaterThanOrEqual(2)
    for (const message of slack) expect(judgeSlack(message)).toEqual([])
  })

  test('names of regions in a storm', () => {
    const named = [{ name: 'us-south', clusters: 20 }]
    const storm = { sinceMs: NOW_MS, endsAtMs: NOW_MS, clusters: 20, regions: named, accounts: named }
    for (const isOver of [false, true]) expect(judgeSlack(stormNotice(storm, isOver))).toEqual([])
  })
})

describe('the dashboard runs nothing, links nowhere and is our own markup with', () => {
  let running: TestServer
  beforeAll(async () => {
    running = await startTestServer({ environment: { PUBLIC_URL: 'https://responder.example.com' } })
  })
  afterAll(() => running.close())

  const page = async (url: string) => (await running.server.inject({ url, headers: asOperator })).body

  test.each(CASES)('%s', async (_name, text, index) => {
    const subject = { ...write(text, index).subject, openedAtMs: NOW_MS + index }
    await running.store.saveCase(subject, { mergedUpTo: null, isSettled: true })
    expect(judgePage(await page(`/cases/${subject.id}`))).toEqual([])
    // The list shows the newest fifty of a state.
    if (index % 45 === 44 || index === CASES.length - 1)
      expect(judgePage(await page('/'), { isList: true })).toEqual([])
  })
})

describe('the log keeps one JSON object in a line with', () => {
  test.each(CASES)('%s', (_name, text) => {
    expect(judgeLog(logWith(text), 3)).toEqual([])
  })
})

describe('a secret is in nothing that is written or stored', () => {
  test.each(PLANTED_SECRETS.map(({ name, text, canary }, index) => [name, text, canary, index] as const))(
    '%s',
    (_name, secret, canary, index) => {
      for (const text of [secret, `error: ${secret}`, `(${secret}) failed`, `${secret}\nand more`]) {
        expect(text).toContain(canary)
        expect(JSON.stringify(writeWith(text, index))).not.toContain(canary)
        expect(logWith(text)).not.toContain(canary)
      }
    },
  )
})

describe('an ordinary text stays readable', () => {
  test.each(ORDINARY.map(({ text, shown }) => [text, shown] as const))('%s', (text, shown) => {
    expect(maskSecrets(text)).toBe(text)
    expect(toInertText(text, 500)).toBe(shown)
    const { notes, slack, issue } = writeWith(text)
    expect(notes[0]?.content).toContain(shown)
    expect(JSON.stringify(slack)).toContain(JSON.stringify(shown).slice(1, -1))
    expect(issue[0]?.body).toContain(shown)
  })
})
