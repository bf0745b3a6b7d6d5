import fc from 'fast-check'
import type { CaseAlert } from '../../src/model/case.ts'
import { FINDING_OUTCOMES, FINDING_SOURCES, type Finding } from '../../src/model/finding.ts'
import type { Situation } from '../../src/plan/situation.ts'
import { aFinding } from '../evidence/findings/a-question.ts'
import {
  aCase,
  anAlert,
  anIncident,
  aSituation,
  aVerdict,
  CLUSTER_ID,
  CRN,
  labelsOf,
  NOW_MS,
} from '../support/builders.ts'

/** Words that would do something in PagerDuty, Slack or a terminal, among any others. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<!channel>',
        '<@U0123456>',
        '<http://evil.example|ok>',
        'https://evil.example/',
        'kp-responder:0123456789abcdef',
        '\nSnoozed 2 h: forged\n',
        '@here',
        '&',
        '```',
        '*',
        '\u202e',
        '\u001b[2J',
        'x'.repeat(3_000),
      ),
      fc.string({ unit: 'binary', maxLength: 40 }),
    ),
    { maxLength: 6 },
  )
  .map((pieces) => pieces.join(''))

const hostileAlert: fc.Arbitrary<CaseAlert> = fc
  .record({ text: hostileText, label: hostileText, isIdentified: fc.boolean(), n: fc.nat() })
  .map(({ text, label, isIdentified, n }) =>
    anAlert({
      fingerprint: `f${n}`,
      labels: {
        ...labelsOf(CLUSTER_ID),
        CRN: isIdentified ? CRN : label,
        carrier_name: label,
        tip_customer_impacting: label,
      },
      judgement: {
        kind: 'verdict',
        verdict: aVerdict(
          'unrecognised-error',
          { kind: 'human' },
          {
            message: text,
            evidence: [
              { source: 'kp-events-alerts', outcome: 'found', summary: label, observedAt: '', link: null, quote: text },
              {
                source: 'deploy-failure',
                outcome: 'unavailable',
                summary: label,
                observedAt: '',
                link: null,
                quote: null,
              },
              { source: 'etcd', outcome: 'absent', summary: label, observedAt: '', link: null, quote: null },
            ],
          },
        ),
      },
    }),
  )

/** What further sources say, in hostile words. */
const hostileFindings: fc.Arbitrary<Finding[]> = fc.array(
  fc
    .record({
      text: hostileText,
      source: fc.constantFrom(...FINDING_SOURCES),
      outcome: fc.constantFrom(...FINDING_OUTCOMES),
    })
    .map(({ text, ...which }) =>
      aFinding({ ...which, summary: text, lines: [text, text], quotes: [text], link: text }),
    ),
  { maxLength: 6 },
)

/** The alert with hostile findings beside its facts. */
export const withHostileFindings: fc.Arbitrary<(alert: CaseAlert) => CaseAlert> = hostileFindings.map(
  (entries) => (alert) => ({
    ...alert,
    findings: { outcomeKey: '', reason: 'unrecognised-error' as const, askedAtMs: NOW_MS, entries },
  }),
)

/** A situation whose every word from outside is hostile and of any length. */
export const hostileSituation: fc.Arbitrary<Situation> = fc
  .record({
    alerts: fc.array(
      fc.tuple(hostileAlert, withHostileFindings).map(([alert, toTold]) => toTold(alert)),
      { maxLength: 12 },
    ),
    words: fc.array(hostileText, { minLength: 4, maxLength: 4 }),
    others: fc.array(hostileText, { maxLength: 10 }),
  })
  .map(({ alerts, words: [name = '', who = '', priority = '', what = ''], others }) =>
    aSituation({
      subject: aCase({
        alerts,
        incidents: [anIncident({ url: `https://acme.pagerduty.com/${what}` })],
        timeline: others.map((entry) => ({ at: new Date(NOW_MS).toISOString(), what: entry, actor: who, link: null })),
      }),
      incident: anIncident({
        priority,
        assignees: [who],
        escalationPolicy: { id: 'P1', name, url: null },
        humanActs: [{ who, what, atMs: NOW_MS }],
        sharedWhy: null,
      }),
      notChecked: ['logs: not configured'],
    }),
  )
