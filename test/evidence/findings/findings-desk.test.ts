import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { DEFAULT_POLICY } from '../../../src/config/policy.ts'
import { fixedPolicy } from '../../../src/config/policy-source.ts'
import { TerminalError, TransientError } from '../../../src/errors.ts'
import type { FindingQuestion, FindingReader } from '../../../src/evidence/findings/finding-source.ts'
import { FindingsDesk } from '../../../src/evidence/findings/findings-desk.ts'
import type { Case } from '../../../src/model/case.ts'
import type { Finding, FindingSource } from '../../../src/model/finding.ts'
import {
  aCase,
  anAlert,
  CLUSTER_ID,
  crnOf,
  humanJudgement,
  labelsOf,
  MINUTE_MS,
  NOW_MS,
  waitingJudgement,
} from '../../support/builders.ts'
import { aFinding } from './a-question.ts'

const OCCASION = { outcomeKey: 'snoozed/1', isStorm: false, snoozeEndMs: null }
let nowMs: number
let asked: string[]

beforeEach(() => {
  nowMs = NOW_MS
  asked = []
})

function reader(
  source: FindingSource,
  answer: (question: FindingQuestion) => Promise<Finding[]> | Finding[] = () => [aFinding({ source })],
  change: Partial<FindingReader> = {},
): FindingReader {
  return {
    source,
    isShared: false,
    isAskedFor: () => true,
    async ask(question) {
      asked.push(source)
      return answer(question)
    },
    ...change,
  }
}

function deskOf(readers: readonly FindingReader[], deadlineMs = 5_000): FindingsDesk {
  return new FindingsDesk({ readers, policy: fixedPolicy(DEFAULT_POLICY), now: () => nowMs, deadlineMs })
}

function told(subject: Case): string[] {
  return (subject.alerts[0]?.findings?.entries ?? []).map(
    ({ source, outcome, summary }) => `${source} ${outcome}: ${summary}`,
  )
}

describe('the sources beside the evidence', () => {
  test('are asked side by side, and each answer stands with the alert in the order of the sources', async () => {
    const gate = Promise.withResolvers<void>()
    const desk = deskOf([
      reader('logs', async () => {
        await gate.promise
        return [aFinding({ summary: 'slow' })]
      }),
      reader('prometheus', () => {
        gate.resolve()
        return [aFinding({ source: 'prometheus', summary: 'quick' })]
      }),
    ])
    expect(told(await desk.withFindings(aCase(), OCCASION))).toEqual(['logs found: slow', 'prometheus found: quick'])
  })

  test('that do not answer in time are named, and hold up nobody', async () => {
    const desk = deskOf([reader('logs', () => sleep(60_000, [], { ref: false })), reader('prometheus')], 50)
    expect(told(await desk.withFindings(aCase(), OCCASION))).toEqual([
      'logs unavailable: timed out',
      'prometheus found: 3 lines for this cluster, 1 error among them',
    ])
  })

  test.each([
    ['is away', new TransientError('not-sent', 'Prometheus query: no connection'), 'Prometheus query: no connection'],
    [
      'refuses us',
      new TerminalError('unauthorized', 'Prometheus query: answered 401'),
      'Prometheus query: answered 401',
    ],
    ['has a fault of ours', new TypeError('x is undefined: secret'), 'failed (TypeError)'],
  ])('of which one %s say so, and the others answer', async (_, error, summary) => {
    const desk = deskOf([
      reader('prometheus', () => {
        throw error
      }),
      reader('logs'),
    ])
    expect(told(await desk.withFindings(aCase(), OCCASION))).toEqual([
      `prometheus unavailable: ${summary}`,
      'logs found: 3 lines for this cluster, 1 error among them',
    ])
  })

  test('that can not even say whether they are asked are named too', async () => {
    const isAskedFor = () => {
      throw new RangeError()
    }
    const desk = deskOf([reader('iam', undefined, { isAskedFor })])
    expect(told(await desk.withFindings(aCase(), OCCASION))).toEqual(['iam unavailable: failed (RangeError)'])
  })

  test('that have nothing to say about a verdict are not asked and not named', async () => {
    const desk = deskOf([reader('iam', undefined, { isAskedFor: ({ verdict }) => verdict.reason !== 'busy' })])
    expect(told(await desk.withFindings(aCase(), OCCASION))).toEqual([])
    expect(asked).toEqual([])
  })

  test('are stored with secrets masked and within bounds', async () => {
    const secret = 'password=correct-horse-battery'
    const desk = deskOf([
      reader('logs', () => [
        aFinding({
          summary: `${secret} ${'x'.repeat(9_000)}`,
          lines: Array.from({ length: 500 }, () => secret),
          quotes: Array.from({ length: 500 }, () => `${secret} ${'y'.repeat(9_000)}`),
          link: `https://logs.example.com/${'z'.repeat(9_000)}`,
          details: {
            kind: 'log-lines',
            corrId: null,
            lines: Array.from({ length: 500 }, () => ({ at: null, app: null, level: null, text: secret })),
          },
        }),
      ]),
    ])
    const [finding] = (await desk.withFindings(aCase(), OCCASION)).alerts[0]?.findings?.entries ?? []
    const stored = JSON.stringify(finding)
    expect(stored).not.toContain('correct-horse')
    expect(stored).toContain('password=[masked]')
    expect(stored.length).toBeLessThan(60_000)
    expect(finding?.link).toBeNull()
  })
})

describe('a case', () => {
  const desk = () => deskOf([reader('logs')])

  test('is asked about once for an outcome, however often it is looked at', async () => {
    const one = desk()
    const first = await one.withFindings(aCase(), OCCASION)
    nowMs += 30 * MINUTE_MS
    expect(await one.withFindings(first, OCCASION)).toBe(first)
    expect(asked).toEqual(['logs'])
  })

  test('is asked about again for another outcome, but not within a minute', async () => {
    const one = desk()
    const first = await one.withFindings(aCase(), { ...OCCASION, outcomeKey: 'waiting-for-incident' })
    nowMs += MINUTE_MS - 1
    expect(await one.withFindings(first, OCCASION)).toBe(first)
    nowMs += 1
    const second = await one.withFindings(first, OCCASION)
    expect(second.alerts[0]?.findings).toMatchObject({ outcomeKey: 'snoozed/1', askedAtMs: nowMs })
  })

  test('that is judged otherwise is asked about at once', async () => {
    const one = desk()
    const first = await one.withFindings(aCase(), OCCASION)
    const alerts = first.alerts.map((alert) => ({ ...alert, judgement: humanJudgement('kms-update-failed') }))
    await one.withFindings({ ...first, alerts }, OCCASION)
    expect(asked).toEqual(['logs', 'logs'])
  })

  test('whose verdict is still awaited is asked nothing', async () => {
    const alerts = [anAlert({ judgement: waitingJudgement(NOW_MS) }), anAlert({ fingerprint: 'b', judgement: null })]
    await desk().withFindings(aCase({ alerts }), OCCASION)
    expect(asked).toEqual([])
  })

  test('with many alerts is asked about as many as a note tells of', async () => {
    const alerts = Array.from({ length: 40 }, (_, at) => anAlert({ fingerprint: String(at) }))
    const { alerts: after } = await desk().withFindings(aCase({ alerts }), OCCASION)
    expect(after.filter(({ findings }) => findings).map(({ fingerprint }) => fingerprint)).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
    ])
  })

  test('in a storm is asked only what one answer tells of all', async () => {
    const one = deskOf([reader('logs'), reader('prometheus', undefined, { isShared: true })])
    await one.withFindings(aCase(), { ...OCCASION, isStorm: true })
    expect(asked).toEqual(['prometheus'])
  })
})

describe('what the error text leaves out', () => {
  const MIGRATING = anAlert({
    labels: { ...labelsOf(CLUSTER_ID), CRN: crnOf(CLUSTER_ID, 'eu-fr2') },
    startsAtMs: Date.parse('2024-10-01T00:00:00Z'),
    judgement: humanJudgement('migration-undetermined'),
  })
  const KEY = 'crn:v1:bluemix:public:hs-crypto:eu-fr2:a/fedcba98765432100123456789abcdef:3333:key:4444'

  test('is completed from the logs for the sources that need it', async () => {
    const desk = deskOf([
      reader('iam', async ({ completedTrace, trace }) => [
        aFinding({ source: 'iam', summary: `${trace.targetKey} ${(await completedTrace).targetAccount}` }),
      ]),
      reader('logs', async () => {
        await sleep(10)
        return [aFinding({ quotes: [`cluster ${CLUSTER_ID}: target key CRN=${KEY}`] })]
      }),
    ])
    const subject = await desk.withFindings(aCase({ alerts: [MIGRATING] }), OCCASION)
    expect(told(subject)[0]).toBe('iam found: null fedcba98765432100123456789abcdef')
  })

  test('is not waited for so long that no time is left to ask', async () => {
    const desk = deskOf(
      [
        reader('iam', async ({ completedTrace }) => [
          aFinding({ source: 'iam', summary: String((await completedTrace).targetKey) }),
        ]),
        reader('logs', () => sleep(60_000, [], { ref: false })),
      ],
      1_200,
    )
    const subject = await desk.withFindings(aCase({ alerts: [MIGRATING] }), OCCASION)
    expect(told(subject)).toEqual(['iam found: null', 'logs unavailable: timed out'])
  })
})
