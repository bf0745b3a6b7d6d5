import type { RequestMatch } from '../../sandbox/faults.ts'
import { dedupKeyOf } from '../../src/model/identity.ts'
import type { ShownCase } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'
import type { GroundKind } from './ground.ts'
import { SETTLING, type Stage } from './stage.ts'

/** The writes, on the wire. */
export const WRITES = {
  acknowledge: { upstream: 'pagerduty', method: 'PUT', path: /^\/incidents\/[^/]+$/ },
  snooze: { upstream: 'pagerduty', method: 'POST', path: /\/snooze$/ },
  note: { upstream: 'pagerduty', method: 'POST', path: /\/notes$/ },
  issue: { upstream: 'github', method: 'POST', path: /\/issues$/ },
  'issue-comment': { upstream: 'github', method: 'POST', path: /\/comments$/ },
  message: { upstream: 'slack', path: '/chat.postMessage' },
  'message-edit': { upstream: 'slack', path: '/chat.update' },
} as const satisfies Record<string, RequestMatch>

export type Write = keyof typeof WRITES

/** One way to effects, from where it begins. */
export interface Scenario {
  name: string
  /** What Slack says of its cluster. */
  ground: GroundKind
  /** Writes that are on the way. */
  writes: readonly Write[]
  /** Effects that the ledger must have at the end, no more and no less. Edits may be repeated: they are counted apart. */
  expected: Readonly<Record<string, number>>
  /** Effects that are not counted. */
  uncounted?: readonly string[]
  /** Points that another scenario does not pass as well. Default: all. */
  isNew?: (point: string) => boolean
  /** Brings the case to where the way begins. Default: it begins with the alert. */
  prepare?: (stage: Stage) => Promise<void>
  /** Sets it off. Whoever asks asks again until it is taken. */
  act: (stage: Stage) => Promise<void>
  /** True when nothing is owed any more. */
  isSettled: (stage: Stage) => Promise<boolean>
  /** A sentence for each thing that is not as it must be. */
  faults?: (stage: Stage) => string[]
}

/** PagerDuty has the incident of the group, and Alertmanager tells that it fires. */
export async function fire(stage: Stage, group: string): Promise<void> {
  stage.openIncident(group, stage.ground.clusterId)
  await stage.tell(group, stage.ground.clusterId, 'firing')
}

async function isSnoozedAndTold(stage: Stage, group: string): Promise<boolean> {
  const shown = await stage.caseOf(group)
  const isDone = shown?.state === 'snoozed' && hasReceipts(shown, ['acknowledge', 'snooze', 'note', 'issue', 'slack'])
  // The message is there from when the issue is opened, and is edited last.
  return isDone && /^Snoozed/.test(stage.slackTexts().at(-1) ?? '')
}

export function hasReceipts({ receipts }: ShownCase, wanted: readonly string[]): boolean {
  return wanted.every((action) => receipts.some((receipt) => receipt.action === action && receipt.result !== 'refused'))
}

async function snoozeOrphan(stage: Stage): Promise<void> {
  await fire(stage, stage.ground.first)
  await waitUntil('the case to be snoozed and told', () => isSnoozedAndTold(stage, stage.ground.first), SETTLING)
}

function snoozedFaults(stage: Stage, group: string): string[] {
  const { status, id } = stage.incidentOf(group)
  const rings = stage.world.sandbox.pagerduty.rings(id).length
  // Its end is absolute: one that has to be sent again is shorter by the time lost.
  const seconds = stage.effects().flatMap(({ effect, detail }) => (effect === 'snooze' ? [Number(detail.seconds)] : []))
  return [
    ...(status === 'acknowledged' ? [] : [`the incident is ${status}`]),
    ...(rings === 1 ? [] : [`the incident rang ${rings} times`]),
    ...(seconds.every((value) => value <= 43_200 && value > 43_100) ? [] : [`snoozed for ${seconds.join()} s`]),
    ...(/^Snoozed 12 h/.test(stage.slackTexts().at(-1) ?? '') ? [] : [`Slack says ${stage.slackTexts().join(' | ')}`]),
  ]
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'an orphaned registration: issue, acknowledge, snooze, note, Slack post',
    ground: 'orphan',
    writes: ['issue', 'acknowledge', 'snooze', 'note', 'message'],
    expected: { issue: 1, acknowledge: 1, snooze: 1, note: 1, message: 1 },
    act: (stage) => fire(stage, stage.ground.first),
    isSettled: (stage) => isSnoozedAndTold(stage, stage.ground.first),
    faults: (stage) => snoozedFaults(stage, stage.ground.first),
  },
  {
    name: 'a later case of the same cluster: issue comment',
    ground: 'orphan',
    writes: ['issue-comment'],
    expected: { 'issue-comment': 1, acknowledge: 1, snooze: 1, note: 1, message: 1 },
    isNew: (point) => /issue/.test(point),
    prepare: snoozeOrphan,
    act: (stage) => fire(stage, stage.ground.second),
    isSettled: (stage) => isSnoozedAndTold(stage, stage.ground.second),
    faults: (stage) => snoozedFaults(stage, stage.ground.second),
  },
  {
    name: 'a wake by an operator: wake, note, Slack edit',
    ground: 'orphan',
    writes: ['snooze', 'note', 'message-edit'],
    expected: { snooze: 1, note: 1 },
    prepare: snoozeOrphan,
    async act(stage) {
      const shown = await waitUntil('the case to be shown', () => stage.caseOf(stage.ground.first), SETTLING)
      await stage.act(shown.id, 'wake')
    },
    async isSettled(stage) {
      const shown = await stage.caseOf(stage.ground.first)
      const isTold = !/^Snoozed/.test(stage.slackTexts().at(-1) ?? 'Snoozed')
      return shown?.state === 'handed-over' && hasReceipts(shown, ['wake']) && isTold
    },
    faults(stage) {
      const { status, id } = stage.incidentOf(stage.ground.first)
      const rings = stage.world.sandbox.pagerduty.rings(id).length
      return [
        ...(status === 'triggered' ? [] : [`the incident is ${status}`]),
        ...(rings === 2 ? [] : [`the incident rang ${rings} times`]),
      ]
    },
  },
  {
    name: 'the group resolves: Slack edit, issue comment',
    ground: 'orphan',
    writes: ['message-edit', 'issue-comment'],
    expected: { 'issue-comment': 1 },
    prepare: snoozeOrphan,
    async act(stage) {
      stage.world.sandbox.pagerduty.resolve(dedupKeyOf(stage.ground.first))
      await stage.tell(stage.ground.first, stage.ground.clusterId, 'resolved')
    },
    async isSettled(stage) {
      const shown = await stage.caseOf(stage.ground.first)
      const isSaid = stage.effects().some(({ effect }) => effect === 'issue-comment')
      return shown?.state === 'resolved' && isSaid && /^Resolved/.test(stage.slackTexts().at(-1) ?? '')
    },
  },
]

/** Looks at the case once more, and tells Alertmanager's word again: neither may change anything. */
export async function provoke(stage: Stage): Promise<void> {
  const { first, second, clusterId } = stage.ground
  for (const group of [second, first]) {
    const before = await stage.caseOf(group)
    if (!before) continue
    if (before.state !== 'resolved') await stage.tell(group, clusterId, 'firing')
    else await stage.tell(group, clusterId, 'resolved')
    await stage.act(before.id, 'recheck')
    if (before.state === 'resolved') continue
    const isLookedAt = async () => ((await stage.caseOf(group))?.updatedAt ?? '') > before.updatedAt
    await waitUntil('another look', isLookedAt, SETTLING)
    return
  }
}
