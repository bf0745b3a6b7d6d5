import { type Rule, ruledOut } from './rule.ts'

/** Row 3. Absent and unavailable differ: without these two channels no verdict may quiet a page. */
export const evidenceUnavailable: Rule = {
  row: '3',
  reason: 'evidence-unavailable',
  classification: 'unclassified',
  when: '#armada-kp-events-alerts, or #armada-deploy-failure where row 2 did not match, is unavailable for 5 min',
  judge(facts, _text, policy) {
    const missing = [facts.errorTexts, facts.masterOperations].filter((channel) => channel.outcome === 'unavailable')
    if (missing.length === 0) return ruledOut('both channels were read completely')
    const whys = new Set(missing.map((channel) => channel.why ?? 'a channel could not be read'))
    const message = `Evidence is missing: ${[...whys].join('; ')}.`
    const isCatchingUp = missing.every((channel) => channel.isCatchingUp)
    const dueMs = facts.waitUntilMs ?? facts.waitFromMs + policy.windows.evidenceRetry
    // The first whole read after a start gets its time even where the alert is older than the process.
    const untilMs = isCatchingUp ? Math.max(dueMs, facts.catchUpUntilMs) : dueMs
    if (facts.nowMs < untilMs) return { kind: 'waiting', reason: this.reason, message, awaited: 'evidence', untilMs }
    return { kind: 'verdict', reason: this.reason, message, remedy: { kind: 'human' } }
  },
}
