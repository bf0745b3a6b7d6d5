import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Refusal } from '../../src/model/plan.ts'
import { slackMessage } from '../../src/plan/slack-message.ts'
import { aFinding } from '../evidence/findings/a-question.ts'
import { aCase, anAlert, anIncident, aSituation, BUSY_TEXT, CLUSTER_ID } from '../support/builders.ts'
import { hostileSituation, hostileText } from './hostile.ts'

/** Limits of Slack's Block Kit reference. */
const LIMITS = { blocks: 50, header: 150, text: 3_000, elements: 10, fallback: 40_000 }

interface TextObject {
  type: string
  text: string
}

function isTextObject(value: unknown): value is TextObject {
  return (
    typeof value === 'object' && value !== null && 'type' in value && 'text' in value && typeof value.text === 'string'
  )
}

/** Every text of the blocks with the type that says how Slack reads it. */
function textsOf(value: unknown): TextObject[] {
  if (typeof value !== 'object' || value === null) return []
  return [...(isTextObject(value) ? [value] : []), ...Object.values(value).flatMap(textsOf)]
}

describe("the case's message in Slack", () => {
  test('holds the outcome, the cluster with its verdict, the quote, the refusals and the links', () => {
    const { subject, policy, publicUrl } = aSituation({ subject: aCase({ incidents: [anIncident()] }) })
    const refusals: Refusal[] = [{ action: 'snooze', rail: 'shadow', why: 'shadow mode' }]
    const { text, blocks } = slackMessage({ subject, policy, publicUrl }, { headline: 'Would snooze 2 h', refusals })
    expect(text).toBe('Would snooze 2 h')
    expect(blocks[0]).toEqual({ type: 'header', text: { type: 'plain_text', text: 'Would snooze 2 h', emoji: false } })
    const words = textsOf(blocks).map((one) => one.text)
    expect(words).toContain(`Cluster ${CLUSTER_ID}, us-south\nbusy: It is busy.`)
    expect(words).toContain(BUSY_TEXT)
    expect(words).toContain('Not snoozed (shadow): shadow mode')
    expect(words.at(-1)).toBe(
      `<https://acme.pagerduty.com/incidents/Q1INCIDENT|PagerDuty incident>  ·  <https://responder.example.com/cases/case-1|Case and evidence>  ·  <${policy.links.runbook}|Runbook>`,
    )
  })

  const KEY = aFinding({
    source: 'key-protect',
    summary: '1 registration still names the cluster',
    lines: ['key 1, ring clusters, active', 'its CRN: crn'],
    steps: [{ text: 'what removes it', commands: ['curl'] }],
  })
  const IAM = aFinding({
    source: 'iam',
    outcome: 'absent',
    summary: 'authorizations: 5 missing of those we may see',
    lines: ['5 is needed by workers'],
    steps: [{ text: 'create 5', commands: [] }],
  })
  const LOGS = aFinding({ quotes: ['ghost: 403 <!channel>'] })
  const PROMETHEUS = aFinding({ source: 'prometheus', summary: 'this cluster fails now' })
  test.each([
    [
      'what is to be removed and what is missing, before what only tells',
      [PROMETHEUS, LOGS, KEY, IAM],
      [
        'Key Protect: 1 registration still names the cluster; key 1, ring clusters, active',
        'IAM: authorizations: 5 missing of those we may see',
      ],
    ],
    [
      'the words of the logs, where nothing is to be done',
      [PROMETHEUS, LOGS],
      ['logs: 3 lines for this cluster, 1 error among them; "ghost: 403 <!channel>"'],
    ],
    [
      'which clusters fail, where the alert names none',
      [{ ...PROMETHEUS, summary: '1 cluster fails now', lines: ['c1: 2 failures'] }],
      ['Prometheus: 1 cluster fails now; c1: 2 failures'],
    ],
    ['nothing that tells no more than the alert', [PROMETHEUS], []],
    [
      'nothing that proves little or did not answer',
      [
        { ...KEY, outcome: 'weak' },
        { ...IAM, outcome: 'unavailable' },
      ],
      [],
    ],
  ] as const)('of further sources it names %s', (_, entries, expected) => {
    const findings = { outcomeKey: 'x', reason: 'busy' as const, askedAtMs: 0, entries }
    const message = (alert: ReturnType<typeof anAlert>) =>
      slackMessage({ ...aSituation(), subject: aCase({ alerts: [alert] }) }, { headline: 'x', refusals: [] })
    const before = textsOf(message(anAlert()).blocks).map(({ text }) => text)
    const added = textsOf(message(anAlert({ findings })).blocks).filter(({ text }) => !before.includes(text))
    expect(added).toEqual(expected.map((text) => expect.objectContaining({ type: 'plain_text', text })))
  })

  test('an address that is not of the web is no link', () => {
    const subject = aCase({ incidents: [anIncident({ url: 'javascript:alert(1)' })] })
    const message = slackMessage({ ...aSituation(), subject }, { headline: 'x', refusals: [] })
    expect(JSON.stringify(message)).not.toContain('javascript')
  })

  test('resolved alerts are not shown', () => {
    const subject = aCase({ alerts: [anAlert({ status: 'resolved' })] })
    const { blocks } = slackMessage({ ...aSituation(), subject }, { headline: 'x', refusals: [] })
    expect(JSON.stringify(blocks)).not.toContain(CLUSTER_ID)
  })

  test('whatever comes from outside, it stays within the limits of Slack, mentions nobody and links nowhere else', () => {
    const refusals = fc.array(hostileText.map((why): Refusal => ({ action: 'snooze', rail: 'human-engaged', why })))
    fc.assert(
      fc.property(hostileSituation, hostileText, refusals, (situation, words, refused) => {
        const { text, blocks } = slackMessage(situation, { headline: `Needs you: ${words}`, refusals: refused })
        expect(blocks.length).toBeLessThanOrEqual(LIMITS.blocks)
        expect(text.length).toBeLessThanOrEqual(LIMITS.fallback)
        for (const block of blocks) {
          const isHeader = block.type === 'header'
          expect(Array.isArray(block.elements) ? block.elements.length : 0).toBeLessThanOrEqual(LIMITS.elements)
          for (const one of textsOf(block)) {
            expect([...one.text].length).toBeLessThanOrEqual(isHeader ? LIMITS.header : LIMITS.text)
            expect(one.text).not.toBe('')
          }
        }
        // Slack reads commands in these texts only; plain_text and rich text are shown letter by letter.
        const read = [
          text,
          ...textsOf(blocks)
            .filter(({ type }) => type === 'mrkdwn')
            .map((one) => one.text),
        ]
        for (const one of read) {
          expect(one).not.toMatch(/<[!@#]/)
          expect(one).not.toMatch(/<https?:\/\/evil\.example/)
          expect(one).not.toMatch(/(?:^|[^<])https?:\/\/evil\.example\/(?!.*\|PagerDuty)/)
        }
      }),
      { numRuns: 300 },
    )
  })
})
