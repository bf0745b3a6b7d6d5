import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { syntheticClusterId } from '../real/kp-events-alert.ts'
import { waitUntil } from '../support/wait-until.ts'
import { ADA, type Scene, setScene } from './scene.ts'

jest.setTimeout(90_000)

let scene: Scene

afterEach(() => scene.stop())

async function socketScene(mode: 'approve' | 'live' = 'live'): Promise<void> {
  scene = await setScene({ mode, environment: { SLACK_APP_TOKEN: 'xapp-sandbox-token' } })
  await connected()
  scene.sandbox.slack.connectSocket()
}

async function connected(): Promise<void> {
  await waitUntil('a socket', () => scene.sandbox.slack.socket.connections > 0).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${scene.responder.output().slice(-4_000)}`)
  })
}

describe('Slack through a socket', () => {
  test('brings events, presses, answers to questions and commands, and the HTTP route is off', async () => {
    await socketScene('approve')
    await scene.fail()
    await scene.awaitButton('approve')
    expect(await scene.press('approve', ADA)).toMatchObject({ status: 200 })
    await waitUntil('the note', () => scene.effects().includes('note'))
    expect(scene.effects()).toEqual(['acknowledge', 'snooze', 'note'])
    expect(await scene.command('status')).toMatch(/^Mode: approve/)
    const answer = await fetch(`${scene.responder.url}/slack/events`, { method: 'POST', body: '{}' })
    expect(answer.status).toBe(404)
    // A failure that is told meanwhile is known by its event: no poll would show it so soon.
    scene.sandbox.slack.post({
      channel: SLACK_CHANNELS.deployFailure.id,
      author: { botId: 'B0DEPLOYER', username: 'deployer' },
      shape: 'text',
      text: `cluster ${syntheticClusterId(1)}: kms_update failed`,
    })
    await scene.awaitCase('the wake', ({ state }) => state === 'handed-over')
  })

  test.each<[string, () => void]>([
    ['Slack asks for a new one', () => scene.sandbox.slack.socket.recycle()],
    ['it is cut', () => scene.sandbox.slack.socket.cut()],
  ])('is opened anew when %s', async (_what, lose) => {
    await socketScene()
    lose()
    await waitUntil('the loss to be counted', async () => {
      const metrics = await (await fetch(`${scene.responder.url}/metrics`)).text()
      return metrics.includes('kp_responder_slack_socket_changes_total{state="lost"} 1')
    })
    await connected()
    await waitUntil('an answer', async () => (await scene.command('status').catch(() => '')).startsWith('Mode: live'))
  })

  test('does not end the process while Slack can not be reached, and is opened when it can', async () => {
    scene = await setScene({ environment: { SLACK_APP_TOKEN: 'xapp-sandbox-token' } })
    await connected()
    scene.sandbox.faults.down('slack')
    scene.sandbox.slack.socket.cut()
    await waitUntil('some tries', async () => {
      const metrics = await (await fetch(`${scene.responder.url}/metrics`)).text()
      return /slack_socket_changes_total\{state="lost"\} [2-9]/.test(metrics)
    })
    scene.sandbox.faults.up('slack')
    await connected()
    expect(scene.responder.output()).not.toMatch(/xapp-|ticket=/)
  })

  test('is not opened by a token that Slack refuses, and everything else goes on', async () => {
    scene = await setScene({ environment: { SLACK_APP_TOKEN: 'xoxb-not-an-app-token' } })
    await scene.fail()
    await scene.awaitCase('the snooze', ({ state }) => state === 'snoozed')
    expect(scene.sandbox.slack.socket.connections).toBe(0)
  })
})
