import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { parse } from 'yaml'
import { z } from 'zod'
import { ScenarioFile } from '../runbook-scenarios/scenario-file.ts'
import { waitUntil } from '../support/wait-until.ts'
import { EVE, type Scene, setScene } from './scene.ts'

jest.setTimeout(90_000)

const ROOT = join(import.meta.dirname, '../..')
const List = z.object({
  examples: z.array(z.object({ id: z.string(), right: z.string(), text: z.string(), by: z.string() })),
})
const Modal = z.object({ blocks: z.array(z.looseObject({ block_id: z.string().optional() })) })

let scene: Scene

afterEach(() => scene.stop())

function examples(...args: string[]) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(ROOT, 'bin/kp-responder.mjs'), 'examples', ...args],
    { encoding: 'utf8', cwd: ROOT, env: { DATA_DIR: scene.responder.dataDir } },
  )
  return { status, stderr, stdout }
}

async function sayWrong(right: string, words: string): Promise<void> {
  await scene.press('wrong-verdict', EVE)
  await waitUntil('the question', () => scene.sandbox.ledger.of('view').length > 0)
  const values = {
    right: { right: { type: 'static_select', selected_option: { value: right } } },
    words: { words: { type: 'plain_text_input', value: words } },
  }
  expect(await scene.sandbox.slack.submitView({ ...EVE, values })).toMatchObject({ status: 200, body: '' })
}

describe('a wrong verdict', () => {
  test('is asked for by a question that names every reason, takes the case over, and is kept as an example', async () => {
    scene = await setScene()
    await scene.fail()
    await scene.awaitCase('the snooze', ({ state }) => state === 'snoozed')
    await scene.awaitButton('wrong-verdict')
    await sayWrong('unrecognised-error', 'the api_key=abcdef0123456789 is wrong, <!channel> says so')
    const shown = await scene.awaitCase('the hand over', ({ state }) => state === 'handed-over')
    expect(shown.timeline.map(({ what }) => what)).toContain('wrong verdict: unrecognised-error would be right')
    // The page that was held quiet rings.
    await waitUntil('the wake', () => scene.effects().filter((effect) => effect === 'snooze').length === 2)
    const modal = Modal.parse(scene.sandbox.ledger.of('view')[0]?.detail)
    expect(modal.blocks.map(({ block_id }) => block_id)).toEqual([undefined, 'right', 'words'])
    await waitUntil('the answer', () => scene.sandbox.ledger.of('ephemeral').length > 0)

    const listed = List.parse(JSON.parse(examples().stdout))
    expect(listed.examples).toEqual([
      {
        id: expect.stringContaining('.U0EVE'),
        right: 'unrecognised-error',
        text: 'the api_key=[masked] is wrong, <!channel> says so',
        by: 'slack:U0EVE (eve)',
      },
    ])
    const { stdout, status } = examples('--yaml', listed.examples[0]?.id ?? '')
    expect(status).toBe(0)
    const file = ScenarioFile.parse(parse(stdout))
    expect(file).toMatchObject({
      person: 'keeps the page',
      alerts: [{ cluster: 'a' }],
      expect: { reasons: ['unrecognised-error'] },
    })
    expect(file.given).toEqual([
      {
        post: expect.objectContaining({
          channel: 'kpEventsAlerts',
          by: 'kpEvents',
          text: expect.stringMatching(/cluster \{a\}: error completing request, the cluster is busy/),
        }),
      },
    ])
    expect(examples('--yaml', 'no-such')).toMatchObject({ status: 1, stderr: 'there is no example no-such\n' })
  })

  test.each([
    [
      'a reason that there is not',
      { right: { right: { selected_option: { value: 'made-up' } } }, words: { words: {} } },
    ],
    [
      'too many words',
      { right: { right: { selected_option: { value: 'busy' } } }, words: { words: { value: 'x'.repeat(501) } } },
    ],
  ])('with %s is dropped', async (_what, values) => {
    scene = await setScene()
    await scene.fail()
    await scene.awaitButton('wrong-verdict')
    await scene.press('wrong-verdict', EVE)
    await waitUntil('the question', () => scene.sandbox.ledger.of('view').length > 0)
    expect((await scene.sandbox.slack.submitView({ ...EVE, values })).status).toBe(200)
    expect(List.parse(JSON.parse(examples().stdout)).examples).toEqual([])
    expect((await scene.responder.cases())[0]?.state).toBe('snoozed')
  })
})
