import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { connectWebhooks } from '../../sandbox/pagerduty/webhooks.ts'
import { WRITES } from '../crash/scenarios.ts'
import { waitUntil } from '../support/wait-until.ts'
import { AUTHORS, SECRETS, say, sayBusy, sayOrphaned } from './channel-words.ts'
import type { FaultStage } from './fault-stage.ts'
import { STORES, stagesOfFile } from './stages.ts'

jest.setTimeout(120_000)

const NOTHING = { acknowledge: 0, snooze: 0, note: 0 }
const SNOOZED_ONCE = { acknowledge: 1, snooze: 1, note: 1 }
/** What a person does to the incident before we do anything. */
const HUMAN_ACTS: readonly [string, (stage: FaultStage, id: string) => void][] = [
  ['acknowledged', ({ sandbox }, id) => sandbox.pagerduty.humanAcknowledges(id)],
  ['snoozed', ({ sandbox }, id) => sandbox.pagerduty.humanSnoozes(id, 3_600)],
  ['reassigned', ({ sandbox }, id) => sandbox.pagerduty.humanReassigns(id)],
  ['escalated', ({ sandbox }, id) => sandbox.pagerduty.humanEscalates(id)],
  ['noted', ({ sandbox }, id) => sandbox.pagerduty.humanNotes(id, 'I have this one.')],
]
/** The call of ours before which the incident is resolved. */
const BETWEEN = [
  ['acknowledgement', WRITES.acknowledge],
  ['snooze', WRITES.snooze],
  ['note', WRITES.note],
] as const

const stages = stagesOfFile()

describe.each(STORES)('on %s', (kind) => {
  let stage: FaultStage

  beforeAll(async () => {
    stage = await stages.set(kind, {
      replicas: kind === 'redis' ? 2 : 1,
      policy: { windows: { probe: '250ms', sweep: '1h', merge: '10m', waitForErrorText: '1s' } },
      furnish(sandbox) {
        sayBusy(sandbox, 'copies', 'pair', 'union1', 'union2', 'half1', 'again', 'replay', 'late', 'truncated')
        sayBusy(sandbox, ...BETWEEN.map(([call]) => call), ...HUMAN_ACTS.map(([act]) => act))
        say(sandbox, 'half2', AUTHORS.kpEvents, { text: 'unexpected end of key event stream' })
        sayOrphaned(sandbox, 'flapping')
      },
    })
  })

  test('a hundred copies of a webhook at once are one case and one set of effects', async () => {
    stage.page('copies')
    const statuses = await Promise.all(Array.from({ length: 100 }, (_, at) => stage.tell('copies', { at })))
    expect(new Set(statuses)).toEqual(new Set([202]))
    await stage.awaitSnoozed('copies')
    await stage.awaitBooks()
    expect(stage.pagerdutyEffects('copies')).toEqual(SNOOZED_ONCE)
    const { accepted, done, quarantined } = await (stage.replicas[0] as FaultStage['replicas'][number]).books()
    expect(accepted).toBe(done + quarantined)
  })

  test('the same group from two Alertmanagers that do not see each other is one case', async () => {
    stage.page('pair')
    for (let round = 0; round < 3; round += 1) {
      await Promise.all([stage.tell('pair', { at: 0 }), stage.tell('pair', { at: 1 })])
    }
    await stage.awaitSnoozed('pair')
    await Promise.all([stage.tell('pair', { at: 0 }), stage.tell('pair', { at: 1 })])
    await stage.awaitBooks()
    expect(stage.pagerdutyEffects('pair')).toEqual(SNOOZED_ONCE)
  })

  test('two Alertmanagers that each know a part of a group are judged by the union', async () => {
    for (const [group, clusters] of [
      ['union', ['union1', 'union2']],
      ['half', ['half1', 'half2']],
    ] as const) {
      stage.page(group, { clusters })
      await Promise.all(clusters.map((cluster, at) => stage.tell(group, { clusters: [cluster], at })))
    }
    const both = await stage.awaitSnoozed('union')
    expect(both.alerts).toHaveLength(2)
    expect(stage.pagerdutyEffects('union')).toEqual(SNOOZED_ONCE)
    // One half may have been snoozed before the other half was told.
    const half = await stage.awaitHandedOver('half')
    expect(half.alerts).toHaveLength(2)
    expect(stage.incident('half').status).toBe('triggered')
  })

  test('a group that is told again by an Alertmanager which forgot that it was changes nothing', async () => {
    await stage.fire('again')
    await stage.awaitSnoozed('again')

    for (let round = 0; round < 5; round += 1) expect(await stage.tell('again', { at: round })).toBe(202)
    await stage.awaitBooks()
    await stage.lookAgain('again')
    expect(stage.pagerdutyEffects('again')).toEqual(SNOOZED_ONCE)
  })

  test('recorded webhooks of PagerDuty under fresh delivery ids change nothing', async () => {
    const url = `${stage.replicas[0]?.url}/webhooks/pagerduty`
    const webhooks = connectWebhooks(stage.sandbox.pagerduty, { url, secrets: [SECRETS.pagerduty] })
    await stage.fire('replay')
    await stage.awaitSnoozed('replay')
    await webhooks.settled()
    const events = webhooks.sent.map(({ event }) => event)
    for (const event of events) webhooks.replay(event)
    await webhooks.settled()
    expect(webhooks.sent.map(({ outcome }) => outcome)).toEqual(webhooks.sent.map(() => 'delivered'))
    await webhooks.close()
    await stage.lookAgain('replay')
    expect(stage.pagerdutyEffects('replay')).toEqual(SNOOZED_ONCE)
  })

  test('a resolve that is told before its firing leaves nothing to do', async () => {
    stage.page('late')
    stage.resolve('late')
    expect(await stage.tell('late', { status: 'resolved' })).toBe(202)
    expect(await stage.tell('late', { at: 1 })).toBe(202)
    await stage.lookAgain('late')
    expect(await stage.tell('late', { status: 'resolved' })).toBe(202)
    await stage.awaitBooks()
    expect(stage.pagerdutyEffects('late')).toEqual(NOTHING)
  })

  test.each(BETWEEN)('an incident that is resolved just before our %s gets nothing more', async (call, match) => {
    stage.page(call)
    const { id } = stage.incident(call)
    const path = new RegExp(match.path.source.replace('[^/]+', id))
    const struck = stage.sandbox.faults.before({ ...match, path }, () => stage.resolve(call))
    await stage.tell(call)
    await waitUntil(`the ${call} to be on its way`, () => struck.hits > 0)
    expect(await stage.tell(call, { status: 'resolved' })).toBe(202)
    await stage.awaitCase(call, 'the end of the case', ({ state }) => state === 'resolved')
    await stage.awaitBooks()
    expect(stage.incident(call).status).toBe('resolved')
    const before = { acknowledgement: NOTHING, snooze: { ...NOTHING, acknowledge: 1 }, note: SNOOZED_ONCE }
    expect(before[call]).toMatchObject(stage.pagerdutyEffects(call))
  })

  test.each(HUMAN_ACTS)('an incident that a person has %s first is left to them', async (act, human) => {
    stage.page(act)
    human(stage, stage.incident(act).id)
    const { status, assignees } = stage.incident(act)
    await stage.tell(act)
    const shown = await stage.awaitHandedOver(act)
    expect(shown.plan.refusals.map(({ rail }) => rail)).toContain('human-engaged')
    expect(stage.pagerdutyEffects(act)).toEqual({ ...NOTHING, note: 1 })
    expect(stage.incident(act)).toMatchObject({ status, assignees })
  })

  test('a group of which Alertmanager left alerts out is not snoozed', async () => {
    await stage.fire('truncated', { truncatedAlerts: 3 })
    const shown = await stage.awaitHandedOver('truncated')
    expect(shown.plan.refusals.map(({ rail }) => rail)).toContain('truncated-group')
    expect(stage.pagerdutyEffects('truncated')).toEqual({ ...NOTHING, note: 1 })
  })

  test('fifty fires and resolves of a deleted cluster make one issue, one message, and two snoozes at most', async () => {
    for (let round = 0; round < 50; round += 1) {
      const firing = { startsAt: new Date(), at: round }
      stage.page('flapping', firing)
      expect(await stage.tell('flapping', firing)).toBe(202)
      if (round === 0) await stage.awaitSnoozed('flapping')
      stage.resolve('flapping')
      expect(await stage.tell('flapping', { ...firing, status: 'resolved', at: round + 1 })).toBe(202)
    }
    await stage.awaitCase('flapping', 'the end', ({ state }) => state === 'resolved')
    await stage.awaitBooks()
    await waitUntil('the message', () => stage.effects('flapping').message)
    const { issue, message, snooze = 0 } = stage.effects('flapping')
    expect({ issue, message, isInBudget: snooze <= 2 }).toEqual({ issue: 1, message: 1, isInBudget: true })
  })
})
