import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { DEFAULT_POLICY, policySchema } from '../../src/config/policy.ts'
import { compareRunbook } from '../../src/runbook/drift.ts'
import { aRunbook } from './a-runbook.ts'
import { RUNBOOK_PATH, readRunbook } from './markdown.ts'

const RUNBOOK = aRunbook()

function driftOf(markdown: string, policy = DEFAULT_POLICY) {
  return compareRunbook(markdown, policy)
    .filter(({ isSame }) => !isSame)
    .map(({ kind, what, ours, runbook }) => ({ kind, what, ours, runbook }))
}

describe('a runbook', () => {
  test('that says what the responder goes by shows no drift', () => {
    expect(driftOf(RUNBOOK)).toEqual([])
  })

  test.each([
    ['a busy snooze of another length', 'snoozed for 2 hours', 'snoozed for 3 hours', 'duration', '3 h'],
    [
      'an orphan snooze of another length',
      'snooze the alert for 12 hours',
      'snooze the alert for 1 day',
      'duration',
      '24 h',
    ],
    ['no busy snooze any more', ' can be snoozed for 2 hours', ' must stay', 'duration', null],
    ['a channel that moved', 'archives/C018KJ6NW4A', 'archives/C0NEWNEWNEW', 'channel', 'C0NEWNEWNEW'],
    ['another region', 'in the eu-fr2 region', 'in the eu-de region', 'region', 'eu-de'],
    ['a longer window', 'September/October 2024', 'September/November 2024', 'window', '2024-09-01 to 2024-11-30'],
    ['a window of one month', 'September/October 2024', 'February 2028', 'window', '2028-02-01 to 2028-02-29'],
    [
      'another account of the workers',
      'bab556e1c47446ef8da61e399343a3e7',
      'aaa556e1c47446ef8da61e399343a3e7',
      'account',
      'aaa556e1c47446ef8da61e399343a3e7',
    ],
    [
      'another query',
      'armada_kp_events_status',
      'armada_kp_events_total',
      'query',
      'sum by(CRN) (delta(armada_kp_events_total{status="failed"}[5m])) > 0',
    ],
    ['another link', 'issues/5306', 'issues/9999', 'link', null],
    [
      'another command',
      'kubectl delete pod -n ibm-system webhook-test',
      'kubectl delete pod webhook-test',
      'command',
      'kubectl delete pod webhook-test',
    ],
    ['other advice', 'retried for 2 hours before failing', 'retried for 4 hours before failing', 'advice', null],
  ])('with %s names that as its drift', (_name, before, after, kind, runbook) => {
    expect(RUNBOOK).toContain(before)
    const drift = driftOf(RUNBOOK.replaceAll(before, after))
    expect(drift.map((one) => one.kind)).toContain(kind)
    expect(drift.filter((one) => one.kind === kind)[0]?.runbook).toBe(runbook)
    for (const one of drift) expect(one.kind).toBe(kind)
  })

  test('with an error text in other words names the pattern that no longer finds it, and the new text', () => {
    const drift = driftOf(RUNBOOK.replace('Error finding ETCD info for the cluster', 'No record in ETCD'))
    expect(drift).toContainEqual(
      expect.objectContaining({ kind: 'error-text', what: 'patterns.etcdInfo', runbook: null }),
    )
    expect(drift).toContainEqual({
      kind: 'error-text',
      what: 'recognised by no pattern',
      ours: null,
      runbook: 'No record in ETCD',
    })
  })

  test('with a further error text, snooze or channel names each', () => {
    const further =
      '## Actions to take\n\n1. If the error matches "key is locked" the alert can be snoozed for 4 hours, ask [#new](https://ibm-argonauts.slack.com/archives/C0NEWNEWNEW).'
    const drift = driftOf(RUNBOOK.replace('## Actions to take\n', further))
    expect(drift.map(({ kind, runbook }) => ({ kind, runbook }))).toEqual([
      { kind: 'error-text', runbook: 'key is locked' },
      { kind: 'channel', runbook: 'C0NEWNEWNEW' },
      { kind: 'duration', runbook: '4 h' },
    ])
  })

  test('with another row in a table of authorizations names it', () => {
    const drift = driftOf(RUNBOOK.replace('| 5 | containers-kubernetes |', '| 9 | containers-kubernetes |'))
    expect(drift.map(({ what, ours, runbook }) => [what, ours === null, runbook === null])).toEqual([
      ['authorization 5', false, true],
      ['authorization 9', true, false],
    ])
  })

  test("is compared with the team's own policy", () => {
    const policy = policySchema.parse({ snooze: { busy: '1h' } })
    expect(driftOf(RUNBOOK, policy)).toEqual([{ kind: 'duration', what: 'snooze.busy', ours: '1 h', runbook: '2 h' }])
  })

  test('of any text at all is compared without an error, and never found the same', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => {
        expect(driftOf(`## Actions to take\n${text}`).length).toBeGreaterThan(0)
      }),
    )
  })
})

const original = readRunbook()
if (!original) process.stdout.write(`not compared with the runbook: ${RUNBOOK_PATH} is not there\n`)
const whenPresent = original ? test : test.skip
whenPresent('the runbook itself shows no drift', () => {
  expect(driftOf(readFileSync(RUNBOOK_PATH, 'utf8'))).toEqual([])
})
