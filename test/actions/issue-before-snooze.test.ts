import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { DEFAULT_REPOSITORY } from '../../sandbox/github/github.ts'
import { CLUSTER_ID, OTHER_CLUSTER_ID } from '../support/builders.ts'
import { type IssueScene, POLICY, setIssueScene } from './issue-scene.ts'

jest.setTimeout(90_000)

let scene: IssueScene

beforeEach(async () => {
  scene = await setIssueScene()
})

afterEach(() => scene.stop())

describe('no snooze without an issue', () => {
  test.each([
    [
      'GitHub is not configured',
      () => {
        scene.isGithubConfigured = false
      },
      'GitHub is not configured',
    ],
    [
      'issues are switched off',
      () => scene.sandbox.github.addRepository(DEFAULT_REPOSITORY, { hasIssues: false }),
      '410',
    ],
    ['the token is refused', () => scene.sandbox.github.credentials.acceptOnly(['other']), '401'],
    [
      'the hour has no issue left',
      () => {
        scene.policy = { ...POLICY, budgets: { ...POLICY.budgets, issuesPerHour: 0 } }
      },
      'at most 0',
    ],
  ])('%s: the page stays with people and the note says why', async (_what, arrange, why) => {
    arrange()
    await scene.fire('a')
    const subject = await scene.settle('a')
    expect(subject.state).toBe('handed-over')
    expect(scene.effects()).toEqual(['note'])
    expect(scene.noteText('a')).toContain(why)
    expect(scene.noteText('a')).toContain('Needs you: judged orphaned-key-registration, not snoozed, the GitHub issue')
  })

  test('the last issue of the hour is not opened twice by cases side by side', async () => {
    scene.policy = { ...POLICY, budgets: { ...POLICY.budgets, issuesPerHour: 1 } }
    await scene.fire('a', [CLUSTER_ID])
    await scene.fire('b', [OTHER_CLUSTER_ID])
    const cases = await Promise.all([scene.settle('a'), scene.settle('b')])
    expect(cases.map(({ state }) => state).sort()).toEqual(['handed-over', 'snoozed'])
    expect(scene.sandbox.github.issues()).toHaveLength(1)
  })

  test('people are told when GitHub stays away, and the case goes on when it is back', async () => {
    scene.sandbox.faults.down('github')
    await scene.fire('a')
    expect((await scene.settle('a')).state).toBe('waiting')
    expect(scene.effects()).toEqual([])
    scene.pass(61_000)
    expect((await scene.settle('a')).state).toBe('handed-over')
    expect(scene.noteText('a')).toContain('the GitHub issue could not be opened yet: GitHub list issues')
    scene.sandbox.faults.up('github')
    scene.pass(31_000)
    expect((await scene.settle('a')).state).toBe('snoozed')
    expect(scene.effects()).toEqual(['note', 'issue', 'acknowledge', 'snooze', 'note'])
  })

  test('shadow writes nothing and says what it would do', async () => {
    scene.mode = { mode: 'shadow', paused: false }
    await scene.fire('a')
    const subject = await scene.settle('a')
    expect(scene.effects()).toEqual([])
    expect(scene.sandbox.requests.entries().filter(({ upstream }) => upstream === 'github')).toEqual([])
    expect(subject.plan?.actions.map(({ action }) => action)).toEqual([
      'issue',
      'acknowledge',
      'snooze',
      'note',
      'slack',
    ])
    expect(subject.plan?.refusals).toContainEqual(expect.objectContaining({ action: 'issue', rail: 'shadow' }))
    expect(subject.receipts[0]).toMatchObject({ action: 'issue', result: 'would', why: 'shadow' })
  })
})

describe('the second snooze of a deleted cluster', () => {
  const NEAR_THE_END_MS = 12 * 3_600_000 - 240_000

  test('is made while the issue is open', async () => {
    await scene.fire('a')
    await scene.settle('a')
    scene.pass(NEAR_THE_END_MS)
    const subject = await scene.settle('a')
    expect(subject.state).toBe('snoozed')
    expect(scene.effects().filter((effect) => effect === 'snooze')).toHaveLength(2)
    expect(scene.sandbox.github.issues()[0]?.comments).toEqual([])
  })

  test.each([
    ['closed', 'is closed', () => scene.sandbox.github.changeIssue(DEFAULT_REPOSITORY, 1, { state: 'closed' })],
    ['deleted', 'was deleted or moved', () => scene.sandbox.github.deleteIssue(DEFAULT_REPOSITORY, 1)],
    ['not to be read', 'could not be read', () => scene.sandbox.faults.down('github')],
  ])('is not made while the issue is %s: people are told', async (_state, words, arrange) => {
    await scene.fire('a')
    await scene.settle('a')
    arrange()
    scene.pass(NEAR_THE_END_MS)
    const subject = await scene.settle('a')
    expect(subject.state).toBe('handed-over')
    expect(subject.plan?.headline).toContain('issue 1 of cluster')
    expect(subject.plan?.headline).toContain(words)
    expect(scene.effects().filter((effect) => effect === 'issue' || effect === 'snooze')).toEqual(['issue', 'snooze'])
  })
})
