import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { fixedPolicy } from '../../src/config/policy-source.ts'
import { FindingsDesk } from '../../src/evidence/findings/findings-desk.ts'
import type { Case } from '../../src/model/case.ts'
import { API_KEY, KMS, readerOf, SOURCE_KEY } from '../evidence/findings/cloud-scene.ts'
import { ACCOUNT_ID, CRN, HOUR_MS, MINUTE_MS } from '../support/builders.ts'
import { type IssueScene, POLICY, setIssueScene } from './issue-scene.ts'

jest.setTimeout(90_000)

const COMMENT = { upstream: 'github', method: 'POST', path: /\/comments$/ } as const
const INSTANCE = { id: KMS, service: 'kms', region: 'us-south' } as const

let scene: IssueScene

beforeEach(async () => {
  scene = await setIssueScene()
  const { iam, keyProtect, faults } = scene.sandbox
  iam.addApiKey(API_KEY)
  const instance = keyProtect.addInstance({ ...INSTANCE, account: ACCOUNT_ID })
  instance.keys.push({ id: SOURCE_KEY, name: 'root', state: 1, keyRing: 'clusters' })
  instance.registrations.push({ keyId: SOURCE_KEY, resourceCrn: CRN })
  const keys = { keyProtect: { instances: [{ ...INSTANCE, accounts: [] }] } }
  scene.findings = new FindingsDesk({
    readers: [readerOf(scene.sandbox, 'key-protect', keys)],
    policy: fixedPolicy(POLICY),
    now: scene.now,
  })
  faults.down('key-protect')
})

afterEach(() => scene.stop())

const comments = () => (scene.sandbox.github.issues()[0]?.comments ?? []).map(({ body }) => body)

/** When the next look is due, in ms from now. */
function dueIn({ nextLookMs }: Case): number {
  return (nextLookMs ?? Number.POSITIVE_INFINITY) - scene.now()
}

async function lookAfter(ms: number, name = 'a'): Promise<Case> {
  scene.pass(ms)
  return scene.settle(name)
}

describe('an issue that was opened while Key Protect was away', () => {
  test('says so, and says the registrations in one comment once Key Protect answers, without another note', async () => {
    await scene.fire('a')
    const first = await scene.settle('a')
    expect(first.state).toBe('snoozed')
    expect(scene.sandbox.github.issues()[0]?.body).toContain('what it says is added here as a comment')
    expect(dueIn(first)).toBeLessThanOrEqual(MINUTE_MS)
    scene.sandbox.faults.clear()
    // Before its time nothing is asked.
    await scene.settle('a')
    expect(scene.sandbox.requests.of('key-protect').filter(({ status }) => status === 200)).toEqual([])
    const told = await lookAfter(2 * MINUTE_MS)
    expect(comments()).toEqual([expect.stringContaining(`key ${SOURCE_KEY}, ring clusters, active`)])
    expect(comments()[0]).toContain(`curl -X DELETE '`)
    expect(scene.effects()).toEqual(['issue', 'acknowledge', 'snooze', 'note', 'issue-comment'])
    expect(told.state).toBe('snoozed')
    expect(dueIn(told)).toBeGreaterThan(10 * HOUR_MS)
    expect(JSON.stringify(told.plan?.actions.at(-1))).toContain('1 registration still names the cluster')
    await lookAfter(2 * HOUR_MS)
    expect(comments()).toHaveLength(1)
  })

  test('is told that no registration is left, too', async () => {
    await scene.fire('a')
    await scene.settle('a')
    scene.sandbox.faults.clear()
    scene.sandbox.keyProtect.instance(KMS).registrations.length = 0
    await lookAfter(2 * MINUTE_MS)
    expect(comments()).toEqual([expect.stringContaining('no registration names the cluster')])
  })

  test('is added to once when the answer to the comment is lost', async () => {
    await scene.fire('a')
    await scene.settle('a')
    scene.sandbox.faults.clear()
    scene.sandbox.faults.add({ ...COMMENT, fault: { kind: 'reset', when: 'after-commit' } })
    // GitHub's clock goes with ours: a comment is looked for since it was sent.
    scene.sandbox.clock.jump(2 * MINUTE_MS)
    await lookAfter(2 * MINUTE_MS)
    scene.restart()
    await lookAfter(MINUTE_MS)
    await lookAfter(MINUTE_MS)
    expect(comments()).toHaveLength(1)
  })

  test('is added to once where the store has lost that it was', async () => {
    await scene.fire('a')
    await scene.settle('a')
    await scene.save()
    scene.sandbox.faults.clear()
    await lookAfter(2 * MINUTE_MS)
    expect(comments()).toHaveLength(1)
    await scene.lose()
    for (const ms of [MINUTE_MS, 2 * MINUTE_MS, 4 * MINUTE_MS]) await lookAfter(ms)
    expect(comments()).toHaveLength(1)
  })

  test('is added to for a later case whose own comment could not say it', async () => {
    scene.sandbox.faults.clear()
    await scene.fire('a')
    await scene.settle('a')
    scene.sandbox.faults.down('key-protect')
    await scene.fire('b')
    await scene.settle('b')
    expect(comments()).toHaveLength(1)
    scene.sandbox.faults.clear()
    await lookAfter(2 * MINUTE_MS, 'b')
    await lookAfter(2 * MINUTE_MS, 'a')
    expect(comments()).toEqual([
      expect.stringContaining('fires again'),
      expect.stringContaining('Key Protect answers now'),
    ])
  })

  test.each<[string, (scene: IssueScene) => Promise<void> | void]>([
    ['the responder is paused', ({ mode }) => void Object.assign(mode, { paused: true })],
    ['it only shadows by now', ({ mode }) => void Object.assign(mode, { mode: 'shadow' })],
    [
      'it was closed',
      ({ sandbox }) => void sandbox.github.changeIssue('kp-sandbox/armada-kp-events', 1, { state: 'closed' }),
    ],
    ['its group has resolved', ({ resolve }) => resolve('a')],
  ])('is not added to while %s', async (_, change) => {
    await scene.fire('a')
    await scene.settle('a')
    scene.sandbox.faults.clear()
    await change(scene)
    await lookAfter(2 * MINUTE_MS)
    expect(comments().filter((body) => body.includes('Key Protect'))).toEqual([])
  })

  test('is added to once the responder goes on, where it was paused meanwhile', async () => {
    await scene.fire('a')
    await scene.settle('a')
    scene.sandbox.faults.clear()
    scene.mode.paused = true
    await lookAfter(2 * MINUTE_MS)
    scene.mode.paused = false
    await scene.settle('a')
    expect(comments()).toEqual([expect.stringContaining('Key Protect answers now')])
  })

  test('asks ever more seldom while Key Protect stays away', async () => {
    await scene.fire('a')
    let subject = await scene.settle('a')
    const waits: number[] = []
    for (let look = 0; look < 10; look += 1) {
      const waitMs = dueIn(subject)
      waits.push(Math.round(waitMs / MINUTE_MS))
      subject = await lookAfter(waitMs)
    }
    expect(waits).toEqual([1, 1, 2, 4, 8, 16, 32, 60, 60, 60])
    expect(subject.state).toBe('snoozed')
    expect(scene.effects()).toEqual(['issue', 'acknowledge', 'snooze', 'note'])
  })
})
