import { dedupKeyOf } from '../../src/model/identity.ts'
import { waitUntil } from '../support/wait-until.ts'
import { fire, hasReceipts, type Scenario } from './scenarios.ts'
import { SETTLING, type Stage } from './stage.ts'
import { BUSY } from './world.ts'

const SNOOZED_ONCE = { acknowledge: 1, snooze: 1, note: 1, message: 1 }

async function isSnoozed(stage: Stage): Promise<boolean> {
  const shown = await stage.caseOf(stage.ground.first)
  const isDone = shown?.state === 'snoozed' && hasReceipts(shown, ['acknowledge', 'snooze', 'note', 'slack'])
  return isDone && stage.slackTexts().at(-1)?.startsWith('Snoozed') === true
}

async function snooze(stage: Stage): Promise<void> {
  await fire(stage, stage.ground.first)
  await waitUntil('the case to be snoozed and told', () => isSnoozed(stage), SETTLING)
}

async function awaitState(stage: Stage, state: 'waiting' | 'gathering'): Promise<void> {
  const isThere = async () => (await stage.caseOf(stage.ground.first))?.state === state
  await waitUntil(`a case that is ${state}`, isThere, SETTLING)
}

async function kill({ responder }: Stage): Promise<void> {
  responder.kill()
  await responder.gone()
}

function snoozedFaults(stage: Stage): string[] {
  const { status, id } = stage.incidentOf(stage.ground.first)
  const rings = stage.world.sandbox.pagerduty.rings(id).length
  // Its end is absolute: one that has to be sent again is shorter by the time lost.
  const seconds = stage.effects().flatMap(({ effect, detail }) => (effect === 'snooze' ? [Number(detail.seconds)] : []))
  const texts = stage.slackTexts()
  const counts = ['acknowledge', 'snooze', 'note'].map((effect) => stage.world.sandbox.ledger.of(effect, id).length)
  return [
    ...(counts.join() === '1,1,1' ? [] : [`in all there are ${counts.join()} acknowledgements, snoozes and notes`]),
    ...(status === 'acknowledged' ? [] : [`the incident is ${status}`]),
    ...(rings === 1 ? [] : [`the incident rang ${rings} times`]),
    ...(seconds.every((value) => value <= 7_200 && value > 7_100) ? [] : [`snoozed for ${seconds.join()} s`]),
    ...(texts.length === 1 && texts[0]?.startsWith('Snoozed 2 h: ') ? [] : [`Slack says ${texts.join(' | ')}`]),
  ]
}

const SNOOZING: Omit<Scenario, 'name' | 'ground' | 'act'> = {
  writes: ['acknowledge', 'snooze', 'note', 'message'],
  expected: SNOOZED_ONCE,
  isSettled: isSnoozed,
  faults: snoozedFaults,
}

export const BUSY_CLUSTER: Scenario = {
  ...SNOOZING,
  name: 'a busy cluster',
  ground: 'busy',
  act: (stage) => fire(stage, stage.ground.first),
}

/** Killed by the run itself, between two of its steps. */
export const BETWEEN_STEPS: readonly Scenario[] = [
  {
    ...SNOOZING,
    name: 'just after the 202',
    ground: 'busy',
    async act(stage) {
      await fire(stage, stage.ground.first)
      await kill(stage)
    },
  },
  {
    ...SNOOZING,
    name: 'while it waits for the incident',
    ground: 'busy',
    async act(stage) {
      await stage.tell(stage.ground.first, stage.ground.clusterId, 'firing')
      await awaitState(stage, 'waiting')
      await kill(stage)
      stage.openIncident(stage.ground.first, stage.ground.clusterId)
    },
  },
  {
    ...SNOOZING,
    name: 'while it waits for the error text',
    ground: 'silent',
    async act(stage) {
      await fire(stage, stage.ground.first)
      await awaitState(stage, 'gathering')
      await kill(stage)
      stage.world.sayError(stage.ground.clusterId, BUSY)
    },
  },
  {
    ...SNOOZING,
    name: 'while the incident is snoozed',
    ground: 'busy',
    expected: {},
    prepare: snooze,
    act: kill,
  },
]

export const WAKE: Scenario = {
  name: 'a wake that an operator asked for',
  ground: 'busy',
  writes: ['snooze'],
  expected: { note: 1 },
  // The ladder takes its next rung where the first one was lost: that it rings once is what counts.
  uncounted: ['snooze', 'trigger'],
  prepare: snooze,
  async act(stage) {
    const shown = await waitUntil('the case to be shown', () => stage.caseOf(stage.ground.first), SETTLING)
    await stage.act(shown.id, 'wake')
  },
  async isSettled(stage) {
    const shown = await stage.caseOf(stage.ground.first)
    const isNoted = stage.effects().some(({ effect }) => effect === 'note')
    return shown?.state === 'handed-over' && hasReceipts(shown, ['wake']) && isNoted
  },
  faults(stage) {
    const { status, id } = stage.incidentOf(stage.ground.first)
    const rings = stage.world.sandbox.pagerduty.rings(id).length
    return [
      ...(status === 'triggered' ? [] : [`the incident is ${status}`]),
      ...(rings === 2 ? [] : [`the incident rang ${rings} times`]),
      ...(stage.slackTexts().length === 1 ? [] : ['Slack has more than one message']),
    ]
  },
}

export const RESOLVE: Scenario = {
  name: 'the Slack message of a case whose group resolved',
  ground: 'busy',
  writes: ['message-edit'],
  expected: {},
  prepare: snooze,
  async act(stage) {
    stage.world.sandbox.pagerduty.resolve(dedupKeyOf(stage.ground.first))
    await stage.tell(stage.ground.first, stage.ground.clusterId, 'resolved')
  },
  async isSettled(stage) {
    const shown = await stage.caseOf(stage.ground.first)
    return shown?.state === 'resolved' && stage.slackTexts().at(-1)?.startsWith('Resolved') === true
  },
}
