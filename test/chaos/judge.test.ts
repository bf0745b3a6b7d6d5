import { describe, expect, test } from '@jest/globals'
import type { LedgerEntry } from '../../sandbox/ledger.ts'
import { type Group, groupsOf, type Kind } from './groups.ts'
import { judge } from './judge.ts'
import { randomOf } from './random.ts'

const INCIDENT = 'Q1'
const MESSAGE = 'C0KPNOTIFY1'

function aGroup(kind: Kind): Group {
  const group = groupsOf({ alerts: 400, spanMs: 0, seed: 1 }, randomOf(1)).find((candidate) => candidate.kind === kind)
  if (!group) throw new Error(`no group is ${kind}`)
  return { ...group, clusterIds: group.clusterIds.slice(0, 1) }
}

function entry(effect: string, detail: Record<string, unknown> = {}, target = INCIDENT): LedgerEntry {
  const upstream = effect === 'issue' ? 'github' : effect === 'message' ? 'slack' : 'pagerduty'
  return { at: '2026-11-22T12:00:00Z', upstream, effect, target, actor: 'responder', detail }
}

const snooze = (seconds: number, until: string) => entry('snooze', { seconds, until })
const note = (text: string, mark = '0123456789abcdef') => entry('note', { content: `${text}\nkp-responder:${mark}` })
function message({ dedupKey }: Group): LedgerEntry {
  return entry('message', { metadata: { event_payload: { key: `slack/c-${dedupKey.slice(0, 12)}-1` } } }, MESSAGE)
}
const issue = ({ clusterIds }: Group) =>
  entry('issue', { title: `Orphaned KMS key registration: cluster ${clusterIds[0]}` }, '1')

const END = '2026-11-22T14:00:00Z'
const busy = aGroup('busy')
const orphan = aGroup('orphan')
const QUIETED = [entry('acknowledge'), snooze(7_200, END), note('Snoozed 2 h: busy'), message(busy)]

const CASES: readonly [
  string,
  Group,
  readonly LedgerEntry[],
  Partial<Record<'lost' | 'duplicated' | 'forbidden', number>>,
][] = [
  ['a busy case that is quieted and told once is well', busy, QUIETED, {}],
  ['nothing at all is lost', busy, [], { lost: 3 }],
  ['a note that is missing is lost', busy, QUIETED.filter(({ effect }) => effect !== 'note'), { lost: 1 }],
  ['a second note with the same mark is doubled', busy, [...QUIETED, note('Snoozed')], { duplicated: 1 }],
  [
    'a second note with the same outcome is doubled',
    busy,
    [...QUIETED, note('Snoozed 2 h: busy', 'fedcba9876543210')],
    { duplicated: 1 },
  ],
  [
    'a second acknowledgement is doubled',
    busy,
    [...QUIETED, entry('acknowledge', { repeated: true })],
    { duplicated: 1 },
  ],
  [
    'a page that is acknowledged and left so is lost',
    busy,
    [...QUIETED, entry('acknowledge')],
    { lost: 1, duplicated: 1 },
  ],
  [
    'a page that was woken and says that it needs people is given back',
    busy,
    [entry('acknowledge'), entry('trigger'), note('Needs you: not snoozed'), message(busy)],
    {},
  ],
  [
    'a page that only a new assignment made ring is given back too',
    busy,
    [entry('acknowledge'), entry('reassign'), note('Needs you: not snoozed'), message(busy)],
    {},
  ],
  [
    'a page that is set aside and says so is given back, though it was never quiet',
    busy,
    [note('Needs you: set aside, every look at the case failed'), message(busy)],
    {},
  ],
  [
    'a page that is left to people for another reason is lost',
    busy,
    [note('Needs you: the cluster is not known'), message(busy)],
    { lost: 2 },
  ],
  [
    'a page that was woken without a word in Slack is lost',
    busy,
    [entry('acknowledge'), entry('trigger'), note('Needs you: not snoozed')],
    { lost: 1 },
  ],
  [
    'a second comment of the same words on an issue is doubled',
    orphan,
    [issue(orphan), entry('issue-comment', { body: 'over' }, '1'), entry('issue-comment', { body: 'over' }, '1')],
    { lost: 3, duplicated: 1 },
  ],
  ['a snooze to another end is doubled', busy, [...QUIETED, snooze(7_200, '2026-11-22T14:05:00Z')], { duplicated: 1 }],
  ['a snooze to the same end is the same state', busy, [...QUIETED, snooze(7_190, END)], {}],
  ['a second message of a case is doubled', busy, [...QUIETED, message(busy)], { duplicated: 1 }],
  ['a second issue of a cluster is doubled', orphan, [issue(orphan), issue(orphan)], { lost: 3, duplicated: 1 }],
  ['an issue about a busy cluster is forbidden', busy, [...QUIETED, issue(busy)], { forbidden: 1 }],
  [
    'a snooze that is longer than its kind is forbidden',
    busy,
    QUIETED.map((is) => (is.effect === 'snooze' ? snooze(43_200, END) : is)),
    { forbidden: 1 },
  ],
]

describe('the judge', () => {
  test.each(CASES)('%s', (_name, group, ledger, expected) => {
    const { lost, duplicated, forbidden } = judge([group], ledger, () => [INCIDENT])
    expect({ lost: lost.length, duplicated: duplicated.length, forbidden: forbidden.length }).toEqual({
      lost: 0,
      duplicated: 0,
      forbidden: 0,
      ...expected,
    })
  })

  test.each<Kind>(['must-ring', 'impacting', 'unknown'])('a snooze of what must ring (%s) is forbidden', (kind) => {
    const group = aGroup(kind)
    const told = [note('Needs you: a person'), message(group)]
    expect(judge([group], told, () => [INCIDENT])).toMatchObject({ lost: [], forbidden: [] })
    expect(judge([group], [...told, snooze(7_200, END)], () => [INCIDENT]).forbidden).toHaveLength(1)
  })
})
