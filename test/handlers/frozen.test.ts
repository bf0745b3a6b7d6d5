import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { asOperator, startTestServer, type TestServer } from './test-server.ts'

const WHY = 'The store was emptied at 12:00.'

let here: TestServer

beforeEach(async () => {
  here = await startTestServer()
  here.operations.setting = { mode: 'shadow', paused: false, frozenWhy: WHY }
})

afterEach(() => here.close())

describe('a store that is frozen', () => {
  test('is told with the mode, and no more once it is not', async () => {
    const frozen = await here.server.inject({ url: '/api/mode', headers: asOperator })
    expect(frozen.json()).toEqual({ mode: 'shadow', paused: false, frozenWhy: WHY })
    here.operations.setting = { mode: 'live', paused: false }
    const acting = await here.server.inject({ url: '/api/mode', headers: asOperator })
    expect(acting.json()).toEqual({ mode: 'live', paused: false })
  })

  test('is told on the dashboard', async () => {
    const page = () => here.server.inject({ url: '/', headers: asOperator })
    expect((await page()).body).toContain(`<strong>Frozen:</strong> ${WHY}`)
    here.operations.setting = { mode: 'live', paused: false }
    expect((await page()).body).not.toContain('Frozen')
  })

  test('is a metric', async () => {
    const metrics = async () => (await here.server.inject({ url: '/metrics' })).body
    expect(await metrics()).toMatch(/^kp_responder_frozen 1$/m)
    here.operations.setting = { mode: 'live', paused: false }
    expect(await metrics()).toMatch(/^kp_responder_frozen 0$/m)
  })
})
