import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { aScene, type Scene, SECRETS } from './scene.ts'

const ROOT = join(import.meta.dirname, '../../..')
// Each test waits for programs of its own, on a machine that may be busy.
jest.setTimeout(150_000)

let scene: Scene
beforeEach(async () => {
  scene = await aScene()
})
afterEach(() => scene.close())

function doctor(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const command = [join(ROOT, 'bin/kp-responder.mjs'), 'doctor', ...args]
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env: scene.environment }, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })
}

describe('kp-responder doctor', () => {
  test('exits 0 where nothing would fail, in JSON alone, and has written nothing', async () => {
    const { status, stdout, stderr } = await doctor()
    expect({ status, stderr, said: JSON.parse(stdout) as unknown }).toMatchObject({
      status: 0,
      stderr: '',
      said: { ok: true, failed: 0 },
    })
    expect(scene.sandbox.ledger.entries()).toEqual([])
    const others = scene.sandbox.requests.entries().filter(({ upstream }) => upstream !== 'slack')
    expect(new Set(others.map(({ method }) => method))).toEqual(new Set(['GET', 'HEAD']))
    expect(existsSync(scene.environment.DATA_DIR ?? '')).toBe(false)
  })

  test('exits 1 with the failing line, and prints no secret', async () => {
    scene.sandbox.slack.refuseTokens('token_revoked')
    const { status, stdout, stderr } = await doctor('--json')
    expect({ status, said: JSON.parse(stdout) as unknown }).toMatchObject({
      status: 1,
      said: {
        ok: false,
        failed: 1,
        findings: expect.arrayContaining([expect.objectContaining({ check: 'slack token', state: 'fail' })]),
      },
    })
    expect(Object.values(SECRETS).filter((secret) => `${stdout}${stderr}`.includes(secret))).toEqual([])
  })

  test('exits 1 for an environment that the service does not start with, every fault named', async () => {
    scene.environment = {}
    const { status, stdout } = await doctor()
    expect(status).toBe(1)
    expect(stdout).toContain('ALERTMANAGER_WEBHOOK_TOKENS')
    expect(stdout).toContain('OPERATOR_TOKENS')
  })

  test('says what it takes', async () => {
    const { status, stdout } = await doctor('--help')
    expect(status).toBe(0)
    expect(stdout).toContain('--alertmanager-config')
  })
})
