import { forHuman, type Rule, ruledOut } from './rule.ts'

/** Row 13. An error text that the runbook does not name. */
export const unrecognisedError: Rule = {
  row: '13',
  reason: 'unrecognised-error',
  classification: 'unclassified',
  when: 'another error text',
  judge(_facts, text) {
    if (!text) return ruledOut('no error text')
    return forHuman(this.reason, 'The error text is none that the runbook knows.')
  },
}
