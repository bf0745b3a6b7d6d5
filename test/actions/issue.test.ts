import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { DEFAULT_REPOSITORY } from '../../sandbox/github/github.ts'
import { hiddenMark } from '../../src/model/issue.ts'
import { CLUSTER_ID, OTHER_CLUSTER_ID } from '../support/builders.ts'
import { type IssueScene, POLICY, setIssueScene } from './issue-scene.ts'

jest.setTimeout(90_000)

const CREATE = { upstream: 'github', method: 'POST', path: /\/issues$/ } as const
const COMMENT = { upstream: 'github', method: 'POST', path: /\/comments$/ } as const
const MARK = hiddenMark('issue', CLUSTER_ID)

let scene: IssueScene

beforeEach(async () => {
  scene = await setIssueScene()
})

afterEach(() => scene.stop())

describe('the issue of a deleted cluster', () => {
  test('is opened before the page is quieted, and the note names it', async () => {
    await scene.fire('a')
    const subject = await scene.settle('a')
    expect(scene.effects()).toEqual(['issue', 'acknowledge', 'snooze', 'note'])
    expect(subject.state).toBe('snoozed')
    expect(subject.snooze?.seconds).toBe(43_200)
    const [issue] = scene.sandbox.github.issues()
    expect(issue?.title).toBe(`Orphaned KMS key registration: cluster ${CLUSTER_ID}`)
    expect(issue?.labels).toEqual(['kp-events', 'orphaned-key-registration'])
    expect(issue?.body).toContain(MARK)
    expect(scene.noteText('a')).toContain(`/${DEFAULT_REPOSITORY}/issues/1`)
    expect(JSON.stringify(subject.plan?.actions.at(-1))).toContain('/issues/1|GitHub issue>')
    expect(subject.receipts.find(({ action }) => action === 'issue')).toMatchObject({
      result: 'created',
      why: null,
      link: `https://github.example.com/${DEFAULT_REPOSITORY}/issues/1`,
    })
  })

  test.each([
    ['its answer is lost', { kind: 'reset', when: 'after-commit' }, true],
    ['it is answered with a 502 though made', { kind: 'commitThenStatus', status: 502 }, true],
    ['its answer is half a JSON', { kind: 'truncatedJson' }, true],
    ['its request is lost', { kind: 'reset', when: 'before-commit' }, true],
    ['its answer is lost and the labels were dropped', { kind: 'reset', when: 'after-commit' }, false],
  ] as const)('is opened once when %s, by a process that starts anew', async (_what, fault, hasPushAccess) => {
    scene.sandbox.github.addRepository(DEFAULT_REPOSITORY, { hasPushAccess })
    scene.sandbox.faults.add({ ...CREATE, fault })
    await scene.fire('a')
    expect((await scene.settle('a')).state).toBe('waiting')
    expect(scene.effects()).not.toContain('acknowledge')
    scene.pass(10_000)
    scene.restart()
    await scene.settle('a')
    // Before the probe's time nothing is sent again.
    expect(scene.effects().filter((effect) => effect === 'issue').length).toBeLessThanOrEqual(1)
    scene.pass(21_000)
    expect((await scene.settle('a')).state).toBe('snoozed')
    expect(scene.sandbox.github.issues()).toHaveLength(1)
    expect(scene.effects()).toEqual(['issue', 'acknowledge', 'snooze', 'note'])
  })

  test('is opened once when its answer is lost and the list is behind for a while', async () => {
    scene.sandbox.github.listLagMs = 20_000
    scene.sandbox.faults.add({ ...CREATE, fault: { kind: 'reset', when: 'after-commit' } })
    await scene.fire('a')
    await scene.settle('a')
    for (const ms of [10_000, 21_000]) {
      scene.pass(ms)
      scene.sandbox.clock.jump(ms)
      await scene.settle('a')
    }
    expect(scene.sandbox.github.issues()).toHaveLength(1)
    expect(scene.effects()).toEqual(['issue', 'acknowledge', 'snooze', 'note'])
  })

  test('is one for two cases of the cluster, and the later one comments once', async () => {
    await scene.fire('a')
    await scene.fire('b')
    await Promise.all([scene.settle('a'), scene.settle('b')])
    await Promise.all([scene.settle('a'), scene.settle('b')])
    const issues = scene.sandbox.github.issues()
    expect(issues).toHaveLength(1)
    expect(issues[0]?.comments).toHaveLength(1)
    expect(issues[0]?.comments[0]?.body).toContain('fires again')
    expect(scene.noteText('a')).toContain('/issues/1')
    expect(scene.noteText('b')).toContain('/issues/1')
  })

  test('is commented once when the answer to the comment is lost', async () => {
    await scene.fire('a')
    await scene.settle('a')
    scene.sandbox.faults.add({ ...COMMENT, fault: { kind: 'reset', when: 'after-commit' } })
    await scene.fire('b')
    // The issue is there, so nothing waits for the comment.
    expect((await scene.settle('b')).state).toBe('snoozed')
    scene.pass(31_000)
    await scene.settle('b')
    expect(scene.sandbox.github.issues()[0]?.comments).toHaveLength(1)
  })

  test('is one for a cluster, and one for each of several', async () => {
    await scene.fire('a', [CLUSTER_ID, OTHER_CLUSTER_ID])
    expect((await scene.settle('a')).state).toBe('snoozed')
    expect(
      scene.sandbox.github
        .issues()
        .map(({ title }) => title)
        .sort(),
    ).toEqual([CLUSTER_ID, OTHER_CLUSTER_ID].map((id) => `Orphaned KMS key registration: cluster ${id}`).sort())
  })

  test('is found again by its mark when the store is new, and gets a comment', async () => {
    scene.sandbox.github.openIssue(DEFAULT_REPOSITORY, { title: 'by hand', labels: POLICY.issue.labels })
    scene.sandbox.github.openIssue(DEFAULT_REPOSITORY, {
      title: 'ours',
      body: `x\n${MARK}`,
      labels: POLICY.issue.labels,
    })
    await scene.fire('a')
    const subject = await scene.settle('a')
    expect(subject.state).toBe('snoozed')
    expect(scene.effects()).not.toContain('issue')
    expect(scene.sandbox.github.issues()[1]?.comments).toHaveLength(1)
    expect(subject.receipts.find(({ action }) => action === 'issue')?.result).toBe('adopted')
  })

  test('is never taken for a pull request that carries its mark', async () => {
    scene.sandbox.github.openPullRequest(DEFAULT_REPOSITORY, { title: 'x', body: MARK, labels: POLICY.issue.labels })
    await scene.fire('a')
    await scene.settle('a')
    expect(scene.sandbox.github.issues().filter(({ isPullRequest }) => !isPullRequest)).toHaveLength(1)
  })

  test('is opened anew where the earlier one is closed and nothing rests on it', async () => {
    scene.sandbox.github.openIssue(DEFAULT_REPOSITORY, { title: 'ours', body: MARK, labels: POLICY.issue.labels })
    scene.sandbox.github.changeIssue(DEFAULT_REPOSITORY, 1, { state: 'closed' })
    await scene.fire('a')
    expect((await scene.settle('a')).state).toBe('snoozed')
    expect(scene.sandbox.github.issues()[1]?.body).toContain(MARK)
  })

  test('says in its receipt which labels GitHub left out', async () => {
    scene.sandbox.github.addRepository(DEFAULT_REPOSITORY, { hasPushAccess: false })
    await scene.fire('a')
    const subject = await scene.settle('a')
    expect(subject.state).toBe('snoozed')
    expect(subject.receipts.find(({ action }) => action === 'issue')).toMatchObject({
      result: 'created',
      why: 'GitHub left out the labels kp-events, orphaned-key-registration: we may not set them',
    })
  })

  test('waits for the end of a secondary limit, and nothing is quieted before', async () => {
    scene.sandbox.github.setSecondaryLimit({ status: 403 })
    await scene.fire('a')
    expect((await scene.settle('a')).state).toBe('waiting')
    scene.pass(30_000)
    await scene.settle('a')
    expect(scene.effects()).toEqual([])
    scene.pass(31_000)
    expect((await scene.settle('a')).state).toBe('snoozed')
    expect(scene.effects()).toEqual(['issue', 'acknowledge', 'snooze', 'note'])
  })

  test('is opened also where another alert keeps the case with people', async () => {
    scene.recorded.add(OTHER_CLUSTER_ID)
    await scene.fire('a', [CLUSTER_ID, OTHER_CLUSTER_ID])
    const subject = await scene.settle('a')
    expect(subject.state).toBe('handed-over')
    expect(scene.effects()).toEqual(['issue', 'note'])
    expect(scene.noteText('a')).toContain(`GitHub issue of cluster ${CLUSTER_ID}: https://`)
  })

  test('says once on itself that the group resolved', async () => {
    await scene.fire('a')
    await scene.settle('a')
    await scene.resolve('a')
    scene.sandbox.faults.add({ ...COMMENT, fault: { kind: 'reset', when: 'after-commit' } })
    await scene.settle('a')
    scene.pass(31_000)
    await scene.settle('a')
    await scene.settle('a')
    const comments = scene.sandbox.github.issues()[0]?.comments ?? []
    expect(comments.map(({ body }) => body)).toEqual([expect.stringContaining('resolved at')])
  })
})
