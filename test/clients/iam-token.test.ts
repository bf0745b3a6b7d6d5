import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createIamTokens, type IamTokenOptions } from '../../src/clients/iam-token.ts'
import { secretFromFile, secretFromValue } from '../../src/config/secret.ts'
import { type AnsweringServer, BAD_ANSWERS, json, startAnsweringServer } from '../support/answering-server.ts'
import { freePort } from '../support/free-port.ts'

const API_KEY = 'canary-api-key-1'
const HOUR_MS = 3_600_000
let server: AnsweringServer
let nowMs: number
let outcomes: string[]

beforeEach(async () => {
  nowMs = 0
  outcomes = []
  server = await startAnsweringServer()
  server.answer = (response) => json(200, { access_token: `token-${server.seen.length}`, expires_in: 3_600 })(response)
})

afterEach(() => server.close())

function tokens(change: Partial<IamTokenOptions> = {}) {
  return createIamTokens({
    url: server.url,
    apiKey: secretFromValue(API_KEY),
    now: () => nowMs,
    observe: (operation, outcome) => outcomes.push(`${operation}: ${outcome}`),
    timeoutMs: 1_000,
    ...change,
  })
}

describe('the tokens of an IBM Cloud API key', () => {
  test('are asked for by a form, with the key in its body', async () => {
    expect(await tokens().current()).toBe('token-1')
    const [{ method, url, headers, body } = {}] = server.seen
    expect({ method, url, type: headers?.['content-type'] }).toEqual({
      method: 'POST',
      url: '/identity/token',
      type: 'application/x-www-form-urlencoded',
    })
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      grant_type: 'urn:ibm:params:oauth:grant-type:apikey',
      apikey: API_KEY,
    })
    expect(outcomes).toEqual(['get token: ok'])
  })

  test('are kept until five minutes before their end', async () => {
    const { current } = tokens()
    await current()
    nowMs = HOUR_MS - 300_001
    expect(await current()).toBe('token-1')
    nowMs = HOUR_MS - 300_000
    expect(await current()).toBe('token-2')
  })

  test('that live shortly are kept for half their life, not asked for at every call', async () => {
    server.answer = (response) => json(200, { access_token: `token-${server.seen.length}`, expires_in: 60 })(response)
    const { current } = tokens()
    await current()
    nowMs = 29_999
    expect(await current()).toBe('token-1')
    nowMs = 30_000
    expect(await current()).toBe('token-2')
  })

  test('are asked for once by all that wait', async () => {
    const { current } = tokens()
    expect(await Promise.all([current(), current(), current()])).toEqual(['token-1', 'token-1', 'token-1'])
    nowMs = HOUR_MS
    expect(await Promise.all([current(), current()])).toEqual(['token-2', 'token-2'])
  })

  test('that a service refused are replaced, but a newer one is not forgotten for it', async () => {
    const { current, forget } = tokens()
    forget(await current())
    expect(await current()).toBe('token-2')
    forget('token-1')
    expect(await current()).toBe('token-2')
  })

  test('of a key that is rotated in its file are asked for with the new one', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'iam-'))
    try {
      const path = join(directory, 'key')
      writeFileSync(path, 'old-key\n')
      const { current } = tokens({ apiKey: secretFromFile(path) })
      await current()
      writeFileSync(path, 'new-key\n')
      utimesSync(path, 1, 1)
      expect(await current()).toBe('token-2')
      expect(server.seen.map(({ body }) => new URLSearchParams(body).get('apikey'))).toEqual(['old-key', 'new-key'])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  test('of a key that IAM refuses: unauthorized, with its code and without the key', async () => {
    server.answer = json(400, {
      errorCode: 'BXNIM0415E',
      errorMessage: `Provided API key ${API_KEY} could not be found.`,
    })
    await expect(tokens().current()).rejects.toMatchObject({
      code: 'unauthorized',
      upstreamCode: 'BXNIM0415E',
      message: 'IBM Cloud IAM get token: the API key was refused',
    })
  })

  test.each(BAD_ANSWERS)('are none after $name, and the next call asks again', async ({ answer, code }) => {
    server.answer = answer
    const { current } = tokens()
    const error: unknown = await current().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code })
    expect(String(error)).not.toContain(API_KEY)
    expect(outcomes).toEqual([`get token: ${code}`])
    server.answer = json(200, { access_token: 'token-x', expires_in: 3_600 })
    expect(await current()).toBe('token-x')
  })

  test('are none from an address where nobody listens: surely not sent', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    await expect(tokens({ url }).current()).rejects.toMatchObject({ code: 'not-sent' })
  })

  test('are none where the key file is gone', async () => {
    const apiKey = secretFromFile(join(tmpdir(), 'no-such-iam-key'))
    await expect(tokens({ apiKey }).current()).rejects.toMatchObject({ code: 'not-sent' })
    expect(server.seen).toEqual([])
  })

  test('are none from an answer larger than is read', async () => {
    server.answer = (response) => response.end(`{"access_token":"${'x'.repeat(70_000)}","expires_in":3600}`)
    await expect(tokens().current()).rejects.toMatchObject({ code: 'unknown' })
  })
})
