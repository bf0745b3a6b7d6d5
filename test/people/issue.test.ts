import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { syntheticClusterId } from '../real/kp-events-alert.ts'
import { KP_EVENTS_BOT } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'
import { ADA, EVE, type Scene, setScene } from './scene.ts'

jest.setTimeout(90_000)

const DEPLOYER = 'B0DEPLOYER'
const CHANNELS = {
  kpEventsAlerts: { authors: [KP_EVENTS_BOT] },
  deployFailure: { authors: [DEPLOYER], maxSilence: 0 },
  deployAlerts: { authors: [DEPLOYER] },
}

let scene: Scene

afterEach(() => scene.stop())

/** A deleted cluster that still fails, in approve mode. */
async function orphanScene(): Promise<void> {
  scene = await setScene({ mode: 'approve', policy: { channels: CHANNELS } })
  const { slack } = scene.sandbox
  const clusterId = syntheticClusterId(1)
  slack.post({
    channel: SLACK_CHANNELS.deployAlerts.id,
    author: { botId: DEPLOYER, username: 'deployer' },
    shape: 'text',
    text: `cluster ${clusterId} was deleted`,
  })
  await scene.fail(() => {
    const [said] = slack.messages(SLACK_CHANNELS.kpEventsAlerts.id)
    slack.edit(
      SLACK_CHANNELS.kpEventsAlerts.id,
      said?.ts ?? '',
      `cluster ${clusterId}: Error finding ETCD info for the cluster`,
    )
  })
  await scene.awaitButton('approve')
}

describe('the issue of a deleted cluster in approve mode', () => {
  test('is opened, and the snooze rests on it, when its plan is approved once', async () => {
    await orphanScene()
    expect(scene.effects()).toEqual([])
    expect(scene.buttons()).toEqual(['approve', 'not-now', 'hand-over', 'open-issue', 'wrong-verdict'])
    await scene.press('approve', ADA)
    await waitUntil('the note', () => scene.effects().includes('note')).catch((error: unknown) => {
      throw new Error(`${String(error)} ${JSON.stringify(scene.effects())} ${scene.words()}`)
    })
    expect(scene.effects()).toEqual(['issue', 'acknowledge', 'snooze', 'note'])
  })

  test('is opened alone when that is pressed, once, by somebody who may', async () => {
    await orphanScene()
    await scene.press('open-issue', EVE)
    await scene.press('open-issue', ADA)
    const [eve, ada] = await scene.answers(2)
    expect(eve).toMatch(/^refused: you are not among those who may/)
    expect(ada).toBe('The issue is open.')
    await waitUntil('the button to go', () => !scene.buttons().includes('open-issue'))
    expect(scene.effects()).toEqual(['issue'])
  })
})
