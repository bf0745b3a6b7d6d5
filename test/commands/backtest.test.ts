import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { openRedisStore } from '../../src/store/redis/open.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { startRedis } from '../real/redis.ts'
import { aCase, anAlert, anIncident, BUSY_TEXT, busyJudgement, humanJudgement, MINUTE_MS } from '../support/builders.ts'
import { aBacktestScene, type BacktestScene, clusterId, ETCD_TEXT, type Run } from './backtest-scene.ts'

const DELETED = { channel: 'C54FY4EKG', text: 'cluster ID deleted' }
const FAILED = { channel: 'C9XGSR292', text: 'kms_update of ID failed' }
const IMPACTING = { tip_customer_impacting: 'true' }
// Each test waits for programs of its own, on a machine that may be busy.
jest.setTimeout(150_000)

let scene: BacktestScene
beforeEach(async () => {
  scene = await aBacktestScene()
})
afterEach(() => scene.close())

/** `reason: n/agree/harmful/needless` of each. */
function table({ report }: Run): string[] {
  return (report?.reasons ?? []).map(
    ({ reason, n, agree, harmful, needless }) => `${reason}: ${n}/${agree}/${harmful}/${needless}`,
  )
}

describe('kp-responder backtest', () => {
  test('exits 0 where we agree, and has written nothing anywhere', async () => {
    const { pagerduty } = scene.sandbox
    scene.live({ cluster: 1 })
    scene.live({ cluster: 2, people: (id) => pagerduty.humanSnoozes(id, 7_200) })
    scene.live({ cluster: 3, told: FAILED, people: (id) => pagerduty.humanNotes(id, 'called the KMS team') })
    const file = scene.file()
    scene.sandbox.ledger.reset()
    const run = await scene.run('--file', file)
    expect({ status: run.status, stderr: run.stderr, ok: run.report?.ok }).toEqual({ status: 0, stderr: '', ok: true })
    expect(table(run)).toEqual(['busy: 2/2/0/0', 'kms-update-failed: 1/1/0/0'])
    expect(scene.sandbox.ledger.entries()).toEqual([])
  })

  test('exits 1 for a harmful snooze, which stands first with its link and what people did', async () => {
    const { pagerduty } = scene.sandbox
    scene.live({ cluster: 1 })
    const id = scene.live({ cluster: 2, people: (incident) => pagerduty.humanEscalates(incident) })
    const { status, report } = await scene.run('--file', scene.file())
    expect(status).toBe(1)
    expect(report).toMatchObject({
      ok: false,
      judged: 2,
      harmful: [{ id, url: `${scene.sandbox.url}/incidents/${id}`, comparison: { reason: 'busy' } }],
    })
    expect(report?.harmful[0]?.comparison.why).toEqual([expect.stringMatching(/^Ada Example escalated it at /)])
  })

  test('calls a page needless that people ignored, and right that they worked on', async () => {
    const { pagerduty } = scene.sandbox
    scene.live({ cluster: 1, errorText: null })
    scene.live({ cluster: 2, errorText: null, people: (id) => pagerduty.humanReassigns(id) })
    scene.live({ cluster: 3, labels: IMPACTING, people: (id) => pagerduty.humanResolves(id), resolves: false })
    const run = await scene.run('--file', scene.file())
    expect(run.status).toBe(0)
    expect(table(run)).toEqual(['no-error-text: 2/1/0/1', 'busy: 1/1/0/0'])
  })

  test('looks at nothing that came after the moment of decision', async () => {
    const { slack } = scene.sandbox
    const author = { name: 'Deploy Bot', botId: 'B0DEPLOYBOT' } as const
    scene.live({
      cluster: 1,
      people: () => {
        const text = `kms_update of ${clusterId(1)} failed`
        slack.post({ channel: 'C9XGSR292', author, shape: 'text', text, silent: true })
      },
    })
    // Another one later: what is read of the channel reaches beyond the first one's moment.
    scene.live({ cluster: 2 })
    expect(table(await scene.run('--file', scene.file()))).toEqual(['busy: 2/2/0/0'])
  })

  test('waits for an error text as it would have', async () => {
    const { slack, clock } = scene.sandbox
    const author = { name: 'Deploy Bot', botId: 'B0DEPLOYBOT' } as const
    const late = (cluster: number, minutes: number) => {
      const at = new Date(clock.now().getTime() + minutes * MINUTE_MS)
      const text = `${clusterId(cluster)}: error completing request, the cluster is busy with another KMS action`
      slack.post({ channel: 'C018KJ6NW4A', author, shape: 'text', text, silent: true, at })
      scene.live({ cluster, errorText: null })
    }
    late(1, 4)
    late(2, 6)
    expect(table(await scene.run('--file', scene.file()))).toEqual(['busy: 1/1/0/0', 'no-error-text: 1/0/0/1'])
  })

  test('decides as soon as the error text came, before people could act', async () => {
    const { slack, clock, pagerduty } = scene.sandbox
    const at = new Date(clock.now().getTime() + 3 * MINUTE_MS)
    const text = `${clusterId(1)}: ${BUSY_TEXT}`
    const author = { name: 'Deploy Bot', botId: 'B0DEPLOYBOT' } as const
    slack.post({ channel: 'C018KJ6NW4A', author, shape: 'text', text, silent: true, at })
    const people = (id: string) => pagerduty.humanReassigns(id)
    scene.live({ cluster: 1, errorText: null, people, afterMs: 4 * MINUTE_MS })
    scene.live({ cluster: 2, people, afterMs: 4 * MINUTE_MS })
    expect(table(await scene.run('--file', scene.file()))).toEqual(['busy: 2/0/2/0'])
  })

  test('leaves an incident alone in which people were before the error text came', async () => {
    const { slack, clock, pagerduty } = scene.sandbox
    const at = new Date(clock.now().getTime() + 4 * MINUTE_MS)
    const text = `${clusterId(1)}: ${BUSY_TEXT}`
    const author = { name: 'Deploy Bot', botId: 'B0DEPLOYBOT' } as const
    slack.post({ channel: 'C018KJ6NW4A', author, shape: 'text', text, silent: true, at })
    const people = (id: string) => pagerduty.humanReassigns(id)
    scene.live({ cluster: 1, errorText: null, people, afterMs: 2 * MINUTE_MS })
    expect(table(await scene.run('--file', scene.file()))).toEqual(['busy: 1/1/0/0'])
  })

  test('decides nothing on what etcd held then, and nothing on a message that was edited since', async () => {
    scene.live({ cluster: 1, errorText: ETCD_TEXT })
    scene.live({ cluster: 2 })
    const edited = scene.sandbox.slack.messages('C018KJ6NW4A').at(-1)?.ts ?? ''
    scene.sandbox.slack.edit('C018KJ6NW4A', edited, `${clusterId(2)}: something else`)
    const { status, report } = await scene.run('--file', scene.file())
    expect(status).toBe(1)
    expect(report?.judged).toBe(0)
    expect(report?.undecided.map(({ comparison }) => comparison.why)).toEqual([
      'what etcd held at that time is not known',
      expect.stringContaining('was edited since'),
    ])
  })

  test.each([
    [
      'is gone now and the deletion was told before',
      { told: DELETED, has: false },
      ['orphaned-key-registration: 1/1/0/0'],
    ],
    ['is gone now and no deletion was told', { has: false }, []],
    ['is there now', { told: DELETED, has: true }, []],
  ])('judges by the etcd of now only where the record %s', async (_title, { has, ...more }, reasons) => {
    const { etcd } = scene.sandbox
    scene.environment.ETCD_ENDPOINTS = await etcd.start()
    etcd.put('/clusters/.sentinel')
    if (has) etcd.put(`/clusters/${clusterId(1)}`)
    scene.live({ cluster: 1, errorText: ETCD_TEXT, ...more })
    scene.sandbox.clock.jump(12 * 60 * MINUTE_MS)
    const run = await scene.run('--file', scene.file())
    expect(table(run)).toEqual(reasons)
    expect(run.report?.undecided).toHaveLength(reasons.length === 0 ? 1 : 0)
  })

  test('says that a channel can not be read, and decides nothing without it', async () => {
    scene.live({ cluster: 1 })
    scene.sandbox.slack.setMember('C9XGSR292', false)
    const { report } = await scene.run('--file', scene.file())
    expect(report?.undecided[0]?.comparison.why).toMatch(
      /#armada-deploy-failure can't be read now: we are not a member/,
    )
  })

  test('keeps the budgets: a cluster that had its snoozes is paged', async () => {
    for (let episode = 0; episode < 3; episode += 1) scene.live({ cluster: 1 })
    expect(table(await scene.run('--file', scene.file()))).toEqual(['busy: 3/2/0/1'])
  })

  test('reads PagerDuty itself, keeps an export without secrets, and judges that alike', async () => {
    const { pagerduty, clock } = scene.sandbox
    scene.live({ cluster: 1, people: (id) => pagerduty.humanNotes(id, 'password=hunter2hunter2 is wrong') })
    scene.live({ cluster: 2 })
    pagerduty.trigger({ dedupKey: 'other', summary: 'disk full' })
    const exported = join(scene.directory, 'export.json')
    const until = new Date(clock.now().getTime() + MINUTE_MS).toISOString()
    const fromApi = await scene.run('--until', until, '--export', exported)
    expect(fromApi.report).toMatchObject({ judged: 2, harmful: [expect.anything()], unreadable: [] })
    expect(readFileSync(exported, 'utf8')).not.toContain('hunter2')
    expect(statSync(exported).mode & 0o777).toBe(0o600)
    const fromFile = await scene.run('--file', exported)
    expect(table(fromFile)).toEqual(table(fromApi))
    expect(fromFile.report?.harmful).toEqual(fromApi.report?.harmful)
  })

  test('looks at the span that is asked for', async () => {
    scene.live({ cluster: 1 })
    const middle = scene.sandbox.clock.now().toISOString()
    scene.sandbox.clock.jump(MINUTE_MS)
    scene.live({ cluster: 2, errorText: null })
    const file = scene.file()
    expect(table(await scene.run('--file', file, '--until', middle))).toEqual(['busy: 1/1/0/0'])
    expect(table(await scene.run('--file', file, '--since', middle))).toEqual(['no-error-text: 1/0/0/1'])
  })

  test('counts one incident that can not be read, and judges the others', async () => {
    scene.live({ cluster: 1 })
    const file = scene.file((incidents) => [
      ...incidents,
      { ...incidents[0], id: 'QNOALERTS', alerts: [] },
      { id: 'QODD', status: 'melted', alerts: [], log_entries: [] },
      'nothing',
    ])
    const { status, report } = await scene.run('--file', file)
    expect(status).toBe(0)
    expect(report?.judged).toBe(1)
    expect(report?.unreadable.map(({ id }) => id)).toEqual(['QNOALERTS', 'QODD', 'without an id'])
  })

  test.each<[string, string | null, RegExp]>([
    ['a file that is not there', null, /can't be read/],
    ['a file that is no JSON', 'hello', /is no JSON/],
    ['a file of another shape', '{"alerts": []}', /has no list "incidents"/],
  ])('refuses %s with one line', async (_title, content, why) => {
    const file = join(scene.directory, 'input.json')
    if (content !== null) writeFileSync(file, content)
    const { status, stderr, report } = await scene.run('--file', file)
    expect({ status, report, lines: stderr.trim().split('\n').length }).toEqual({ status: 1, report: null, lines: 1 })
    expect(stderr).toMatch(why)
  })

  test('refuses a file that is too large before it reads it', async () => {
    const file = join(scene.directory, 'large.json')
    writeFileSync(file, '')
    truncateSync(file, 100 * 1024 * 1024)
    expect(await scene.run('--file', file)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('larger than 64 MiB'),
    })
  })

  test.each([
    [['--since', 'yesterday'], '--since is no date'],
    [['--since', '2026-02-01', '--until', '2026-01-01'], '--since has to be before --until'],
  ])('refuses %j', async (args, why) => {
    expect(await scene.run(...args)).toMatchObject({ status: 1, stderr: expect.stringContaining(why) })
  })

  test('says what it needs where nothing is configured', async () => {
    scene.environment = {}
    expect(await scene.run()).toMatchObject({ status: 1, stderr: expect.stringContaining('PAGERDUTY_API_TOKEN') })
  })
})

describe('kp-responder backtest --shadow', () => {
  test('scores what shadow mode decided, and what people called wrong, beside the running service', async () => {
    const { pagerduty, clock } = scene.sandbox
    const startMs = clock.now().getTime()
    const quiet = scene.live({ cluster: 1 })
    const harmed = scene.live({ cluster: 2, people: (id) => pagerduty.humanReassigns(id) })
    const paged = scene.live({ cluster: 3 })
    const real = scene.live({ cluster: 4 })
    mkdirSync(scene.environment.DATA_DIR ?? '')
    const store = await openSqliteStore(scene.environment.DATA_DIR ?? '', startMs)
    const at = (id: string) => Date.parse(pagerduty.incident(id).createdAt.toISOString())
    const keep = async (id: string, action: 'snooze' | 'note', result: 'would' | 'created') => {
      const judgement = action === 'snooze' ? busyJudgement() : humanJudgement('no-error-text')
      const receipts = [{ action, result, why: null, link: null, at: new Date(at(id)).toISOString() }]
      const incidents = [anIncident({ id })]
      const subject = aCase({ id: `case-${id}`, groupKey: id, incidents, receipts, alerts: [anAlert({ judgement })] })
      await store.saveCase(subject, { mergedUpTo: null, isSettled: true })
    }
    await keep(quiet, 'snooze', 'would')
    await keep(harmed, 'snooze', 'would')
    await keep(paged, 'note', 'would')
    await keep(real, 'snooze', 'created')
    const example = {
      id: 'e1',
      caseId: `case-${quiet}`,
      right: 'no-error-text',
      text: '',
      by: 'slack:U1',
      at: new Date(startMs).toISOString(),
      alerts: [{ fingerprint: 'a', labels: {}, annotations: {}, startsAtMs: startMs, given: 'busy', facts: null }],
    }
    await store.putSetting('labelled-example/e1', JSON.stringify(example))
    await store.putSetting('labelled-examples', JSON.stringify(['e1']))

    const run = await scene.run('--shadow')
    await store.close()
    expect(run.stderr).toBe('')
    expect(run.status).toBe(1)
    expect(table(run)).toEqual(['busy: 2/1/1/0', 'no-error-text: 1/0/0/1'])
    expect(run.report?.harmful.map(({ id }) => id)).toEqual([harmed])
    expect(run.report?.labelled).toEqual([
      { caseId: `case-${quiet}`, given: 'busy', right: 'no-error-text', now: null, isStillHarmful: false },
    ])
  })

  test('reads the store in Redis too, beside the replicas, and takes nothing from them', async () => {
    const redis = await startRedis()
    try {
      const id = scene.live({ cluster: 1 })
      const atMs = Date.parse(scene.sandbox.pagerduty.incident(id).createdAt.toISOString())
      const store = await openRedisStore(redis.url, { now: () => atMs, logger: createLogger('silent') })
      const receipts = [
        {
          action: 'snooze' as const,
          result: 'would' as const,
          why: null,
          link: null,
          at: new Date(atMs).toISOString(),
        },
      ]
      const subject = aCase({ incidents: [anIncident({ id })], receipts })
      await store.saveCase(subject, { mergedUpTo: null, isSettled: true })
      scene.environment.REDIS_URL = redis.url
      const run = await scene.run('--shadow')
      await store.close()
      expect({ status: run.status, stderr: run.stderr, table: table(run) }).toEqual({
        status: 0,
        stderr: '',
        table: ['busy: 1/1/0/0'],
      })
    } finally {
      await redis.stop()
    }
  })

  test('says why there is nothing to score', async () => {
    expect(await scene.run('--shadow')).toMatchObject({
      status: 1,
      report: null,
      stderr: expect.stringContaining("can't be opened"),
    })
  })
})
