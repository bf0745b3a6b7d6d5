import { type Rule, ruledOut } from './rule.ts'

/** Row 14, the last: nothing in the channel names the cluster. */
export const noErrorText: Rule = {
  row: '14',
  reason: 'no-error-text',
  classification: 'unclassified',
  when: 'no error text came within 5 min',
  judge(facts, text, policy) {
    if (text) return ruledOut('an error text was found')
    const others = facts.errorTexts.messages.length
    const message =
      others === 0
        ? 'No error text of this cluster is in #armada-kp-events-alerts.'
        : `No error text of this cluster from a listed author is in #armada-kp-events-alerts; ${others} of others do not count.`
    const untilMs = facts.waitUntilMs ?? facts.waitFromMs + policy.windows.waitForErrorText
    if (facts.nowMs < untilMs) return { kind: 'waiting', reason: this.reason, message, awaited: 'error-text', untilMs }
    return { kind: 'verdict', reason: this.reason, message, remedy: { kind: 'human' } }
  },
}
