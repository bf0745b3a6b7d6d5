import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import type { Refusal } from '../../src/model/plan.ts'
import { NOTE_LIMIT, noteMarker, noteText } from '../../src/plan/note.ts'
import type { Situation } from '../../src/plan/situation.ts'
import {
  aCase,
  anAlert,
  anIncident,
  aSituation,
  aVerdict,
  BUSY_TEXT,
  CLUSTER_ID,
  humanJudgement,
  MINUTE_MS,
  NOW_MS,
  OTHER_CLUSTER_ID,
} from '../support/builders.ts'
import { hostileSituation, hostileText } from './hostile.ts'

const MARKER = noteMarker('Q1INCIDENT', 'snoozed/1')
const SNOOZED = 'Snoozed 2 h: cluster busy with another KMS action'

function noteOf(
  situation: Situation,
  change: { headline?: string; refusals?: Refusal[]; untilMs?: number } = {},
): string {
  const { headline = SNOOZED, refusals = [], untilMs } = change
  return noteText(situation, { headline, refusals, marker: MARKER, snooze: untilMs === undefined ? null : { untilMs } })
}

describe('the note of an outcome', () => {
  test('the outcome is its first line, the mark its last', () => {
    const lines = noteOf(aSituation()).split('\n')
    expect(lines[0]).toBe(SNOOZED)
    expect(lines.at(-1)).toBe(MARKER)
    expect(MARKER).toMatch(/^kp-responder:[0-9a-f]{16}$/)
  })

  test('the mark names the incident and the outcome', () => {
    const marks = [noteMarker('Q1', 'a'), noteMarker('Q1', 'b'), noteMarker('Q2', 'a')]
    expect(new Set(marks).size).toBe(3)
    expect(noteMarker('Q1', 'a')).toBe(marks[0])
  })

  test('it says who is rung next and when', () => {
    const untilMs = NOW_MS + 120 * MINUTE_MS
    expect(noteOf(aSituation(), { untilMs })).toContain('Rings again: 2026-11-22T14:00:00Z (in 2 h), by Armada deploy')
    const escalating = aSituation({ incident: anIncident({ escalateAtMs: NOW_MS + 5 * MINUTE_MS }) })
    expect(noteOf(escalating)).toContain('With: Ada; next ring 2026-11-22T12:05:00Z (in 5 min).')
    const unassigned = aSituation({ incident: anIncident({ assignees: [] }) })
    expect(noteOf(unassigned)).toContain('With: Armada deploy.')
  })

  test('it names cluster, account, region, carrier, customer impact, the quote with its link, and the silence so far', () => {
    const note = noteOf(aSituation(), { untilMs: NOW_MS + 120 * MINUTE_MS })
    expect(note).toContain(`Cluster ${CLUSTER_ID}, account b9f1cbd2ae7b4b5fb8ad5c0c3fbbd5dd, region us-south`)
    expect(note).toContain('carrier prod-dal10-carrier104, customer impact: false')
    expect(note).toContain(`"${BUSY_TEXT}"`)
    expect(note).toContain('https://ibm-argonauts.slack.com/archives/C018KJ6NW4A/p1763812240000100')
    expect(note).toContain('snooze 1 of 2, silent 2 h of at most 26 h')
    expect(note).toContain('Case: https://responder.example.com/cases/case-1')
    expect(note).toContain(DEFAULT_POLICY.links.runbook)
    expect(note).toContain('Undo: ')
  })

  test('it says what was found absent and, apart, what was not checked', () => {
    const seen = { observedAt: '2026-11-22T12:00:00Z', link: null, quote: null }
    const judgement = {
      kind: 'verdict' as const,
      verdict: aVerdict(
        'busy',
        { kind: 'human' },
        {
          evidence: [
            { source: 'deploy-failure', outcome: 'absent', summary: 'no message in #armada-deploy-failure', ...seen },
            { source: 'etcd', outcome: 'unavailable', summary: 'no etcd is configured', ...seen },
          ],
        },
      ),
    }
    const note = noteOf(
      aSituation({ subject: aCase({ alerts: [anAlert({ judgement })] }), notChecked: ['logs: not configured'] }),
    )
    expect(note).toContain('Checked: no message in #armada-deploy-failure')
    expect(note).toContain('NOT checked: no etcd is configured')
    expect(note).toContain('Not checked: logs: not configured.')
  })

  test('it tells each refusal with its rail, and the way to escalate where customers are hit', () => {
    const refusals: Refusal[] = [
      { action: 'snooze', rail: 'customer-impacting', why: 'tip_customer_impacting is "true"' },
      { action: 'snooze', rail: 'snooze-budget', why: 'twice already' },
    ]
    const incident = anIncident({ escalationPolicy: { id: 'P', name: 'Squad', url: 'https://acme.pagerduty.com/p/P' } })
    const note = noteOf(aSituation({ incident }), { headline: 'Needs you', refusals })
    expect(note).toContain('Not snoozed (customer-impacting): tip_customer_impacting is "true".')
    expect(note).toContain('Not snoozed (snooze-budget): twice already.')
    expect(note).toContain('engage the squad by its escalation policy https://acme.pagerduty.com/p/P')
  })

  test('other failing clusters of the region are named', () => {
    expect(noteOf(aSituation({ neighbours: [OTHER_CLUSTER_ID] }))).toContain(`account: ${OTHER_CLUSTER_ID}`)
  })

  test('of many alerts the first five have a paragraph and the rest are counted', () => {
    const alerts = Array.from({ length: 7 }, (_, at) => anAlert({ fingerprint: `f${at}`, labels: {}, judgement: null }))
    const note = noteOf(aSituation({ subject: aCase({ alerts }) }))
    expect(note.match(/^Alert f\d/gm)).toHaveLength(5)
    expect(note).toContain('and 2 more alerts, on the case page')
  })

  test('an unjudged alert is said to be looked at, a judged one has next steps', () => {
    const alerts = [anAlert({ judgement: null }), anAlert({ judgement: humanJudgement('kms-update-failed') })]
    const note = noteOf(aSituation({ subject: aCase({ alerts }) }))
    expect(note).toContain('Still being looked at.')
    expect(note).toContain('Next: resolve the failed master operation first: ')
  })

  test('without a dashboard there is no link to one', () => {
    expect(noteOf(aSituation({ publicUrl: null }))).not.toContain('Case:')
  })

  test('whatever comes from outside, it stays within its limit, one outcome first, one mark last, and links nowhere else', () => {
    const refusals = fc.array(
      hostileText.map((why): Refusal => ({ action: 'snooze', rail: 'human-engaged', why })),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(hostileSituation, hostileText, refusals, (situation, words, refused) => {
        const note = noteOf(situation, { headline: `Needs you: ${words}`, refusals: refused })
        const lines = note.split('\n')
        expect([...note].length).toBeLessThanOrEqual(NOTE_LIMIT)
        expect(lines[0]).toMatch(/^Needs you:/)
        expect(lines.at(-1)).toBe(MARKER)
        expect(note.match(/kp-responder:/gi)).toHaveLength(1)
        expect(lines.filter((line) => line.startsWith('Snoozed'))).toEqual([])
        expect(note).not.toContain('https://evil.example')
        expect(note).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u)
      }),
      { numRuns: 300 },
    )
  })
})
