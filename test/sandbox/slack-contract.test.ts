import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Ajv } from 'ajv'
import { z } from 'zod'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { createSlack } from './slack-caller.ts'

const FILE = path.resolve(import.meta.dirname, '../../../shared/contracts/slack-openapi.json')
const NOTIFY = SLACK_CHANNELS.notify.id
const isPresent = existsSync(FILE)
if (!isPresent)
  process.stdout.write('slack-openapi.json is not beside the project: the Slack contract is not checked\n')

/** The schema is of 2021 and closed; Slack has added fields since. */
function relax(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(relax)
  if (typeof node !== 'object' || node === null) return node
  const kept = Object.entries(node).filter(([key, value]) => !(key === 'additionalProperties' && value === false))
  return Object.fromEntries(kept.map(([key, value]) => [key, relax(value)]))
}

const operation = z.object({ parameters: z.array(z.object({ name: z.string() })) })
const document = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), operation)) })
type Args = Record<string, unknown>

const CALLS: [method: string, verb: string, token: string, args: (ts: string, reply: string) => Args][] = [
  ['auth.test', 'get', 'xoxb-t', () => ({})],
  ['chat.postMessage', 'post', 'xoxb-t', (ts) => ({ channel: NOTIFY, text: 'x', thread_ts: ts })],
  ['chat.update', 'post', 'xoxb-t', (ts) => ({ channel: NOTIFY, ts, text: 'y' })],
  ['chat.getPermalink', 'get', 'xoxb-t', (ts) => ({ channel: NOTIFY, message_ts: ts })],
  ['conversations.history', 'get', 'xoxb-t', () => ({ channel: NOTIFY, limit: 2 })],
  ['conversations.replies', 'get', 'xoxb-t', (ts) => ({ channel: NOTIFY, ts })],
  ['search.messages', 'get', 'xoxp-t', () => ({ query: 'parent', count: 5 })],
  ['reactions.add', 'post', 'xoxb-t', (ts) => ({ channel: NOTIFY, timestamp: ts, name: 'eyes' })],
]

const describeIfPresent = isPresent ? describe : describe.skip

describeIfPresent('the sandbox against the public description of Slack', () => {
  const parsed: unknown = isPresent ? JSON.parse(readFileSync(FILE, 'utf8')) : { paths: {} }
  const contract = document.parse(parsed)
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
  const relaxed = relax(parsed)
  if (typeof relaxed === 'object' && relaxed !== null) ajv.addSchema(relaxed, 'slack')

  function schemaOf(method: string, verb: string, status: string) {
    return ajv.compile({ $ref: `slack#/paths/~1${method}/${verb}/responses/${status}/schema` })
  }

  test.each(CALLS)('%s answers by the schema', async (method, verb, token, args) => {
    const { call } = createSlack()
    const { ts } = await call('chat.postMessage', { channel: NOTIFY, text: 'parent' })
    const { ts: reply } = await call('chat.postMessage', { channel: NOTIFY, text: 'reply', thread_ts: ts })
    const sent = args(String(ts), String(reply))
    const known = contract.paths[`/${method}`]?.[verb]?.parameters.map(({ name }) => name)
    expect(known).toEqual(expect.arrayContaining(Object.keys(sent)))
    const check = schemaOf(method, verb, '200')
    const answer = await call(method, sent, token)
    check(answer)
    expect({ ok: answer.ok, errors: check.errors }).toEqual({ ok: true, errors: null })
  })

  test.each([
    ['chat.postMessage', 'post', { channel: 'C0NOWHERE00', text: 'x' }],
    ['chat.postMessage', 'post', { channel: NOTIFY }],
    ['chat.update', 'post', { channel: NOTIFY, ts: '1.2', text: 'x' }],
    ['chat.getPermalink', 'get', { channel: NOTIFY, message_ts: '1.2' }],
    ['conversations.history', 'get', { channel: 'C0NOWHERE00' }],
    ['conversations.history', 'get', { channel: NOTIFY, latest: 'x' }],
    ['conversations.replies', 'get', { channel: NOTIFY, ts: '1.2' }],
    ['reactions.add', 'post', { channel: NOTIFY, timestamp: 'x', name: 'eyes' }],
  ])('%s (%s) refuses %j with a word of the schema', async (method, verb, args) => {
    const { call } = createSlack()
    const check = schemaOf(method, verb, 'default')
    const answer = await call(method, args)
    check(answer)
    expect({ ok: answer.ok, errors: check.errors }).toEqual({ ok: false, errors: null })
  })
})
