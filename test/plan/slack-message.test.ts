import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Refusal } from '../../src/model/plan.ts'
import { slackMessage } from '../../src/plan/slack-message.ts'
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
