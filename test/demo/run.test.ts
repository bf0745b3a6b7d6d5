import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { z } from 'zod'
import { waitUntil } from '../support/wait-until.ts'

jest.setTimeout(150_000)

const Ready = z.object({
  type: z.literal('ready'),
  dashboard: z.url(),
  sandbox: z.url(),
  operatorToken: z.string(),
  pid: z.int(),
})
const Started = z.object({
  type: z.literal('responder'),
  event: z.literal('started'),
  pid: z.int(),
  isAgain: z.literal(true),
})
const Died = z.object({ type: z.literal('responder'), event: z.literal('died'), pid: z.int(), how: z.string() })

let temporary: string
let demo: ChildProcess
let output: string
let errors: string

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'kp-demo-test-'))
})

afterEach(async () => {
  if (demo.exitCode === null && demo.signalCode === null) {
    const exited = once(demo, 'exit')
    demo.kill('SIGKILL')
    await exited
  }
  rmSync(temporary, { recursive: true, force: true })
})

function start(...args: string[]): void {
  output = ''
  errors = ''
  demo = spawn(process.execPath, ['demo/main.ts', ...args], {
    env: { PATH: process.env.PATH, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  demo.stdout?.on('data', (chunk: unknown) => {
    output += String(chunk)
  })
  demo.stderr?.on('data', (chunk: unknown) => {
    errors += String(chunk)
  })
}

async function exitCode(): Promise<unknown> {
  if (demo.exitCode === null && demo.signalCode === null) await once(demo, 'close')
  return demo.exitCode
}

/** The first whole line of standard output that the schema accepts. Every line must be JSON. */
function line<T>(schema: z.ZodType<T>): Promise<T> {
  return waitUntil('a line of the demo', () => {
    const lines = output.split('\n').slice(0, -1)
    const found = lines.map((text): unknown => JSON.parse(text)).find((value) => schema.safeParse(value).success)
    return found === undefined ? null : { value: schema.parse(found) }
  }).then(({ value }) => value)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('npm run demo', () => {
  test('starts the responder again on the same port after kill -9, and leaves nothing behind at SIGTERM', async () => {
    start('--json')
    const { dashboard, sandbox, operatorToken, pid } = await line(Ready)
    process.kill(pid, 'SIGKILL')
    expect(await line(Died)).toMatchObject({ pid, how: 'SIGKILL' })
    const again = await line(Started)

    expect(again.pid).not.toBe(pid)
    const headers = { authorization: `Bearer ${operatorToken}` }
    expect((await fetch(`${dashboard}api/cases`, { headers })).status).toBe(200)
    expect((await fetch(sandbox)).status).toBe(200)

    demo.kill('SIGTERM')
    expect(await exitCode()).toBe(143)
    expect(isAlive(again.pid)).toBe(false)
    expect(readdirSync(temporary).filter((name) => name.startsWith('kp-demo-'))).toEqual([])
  })

  test('takes the responder with it when it is killed itself', async () => {
    start('--json')
    const { pid } = await line(Ready)
    demo.kill('SIGKILL')
    await exitCode()
    await waitUntil('the responder to be gone', () => !isAlive(pid))
  })

  test('ends in order when nobody reads its output any more', async () => {
    start('--json')
    await line(Ready)
    demo.stdout?.destroy()
    expect(await exitCode()).toBe(1)
    expect(readdirSync(temporary).filter((name) => name.startsWith('kp-demo-'))).toEqual([])
  })

  test('puts the dashboard on the port it is given', async () => {
    start('--json', '--port', '29417')
    expect(await line(Ready)).toMatchObject({ dashboard: 'http://127.0.0.1:29417/' })
  })

  test.each([
    { title: 'a port that is none', args: ['--port', '70000'], says: 'a port is a number from 1 to 65535' },
    { title: 'an option that it does not have', args: ['--twice'], says: "unknown option '--twice'" },
  ])('refuses $title and says why', async ({ args, says }) => {
    start(...args)
    expect(await exitCode()).toBe(1)
    expect(errors).toContain(says)
  })

  test('explains itself', async () => {
    start('--help')
    expect(await exitCode()).toBe(0)
    for (const option of ['--once', '--json', '--port']) expect(output).toContain(option)
  })
})
