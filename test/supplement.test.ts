import { expect, test } from '@jest/globals'
import { DEFAULT_POLICY } from '../src/config/policy.ts'
import { fixedPolicy } from '../src/config/policy-source.ts'
import type { FindingQuestion } from '../src/evidence/findings/finding-source.ts'
import { FindingsDesk } from '../src/evidence/findings/findings-desk.ts'
import { planCase } from '../src/plan/plan-case.ts'
import type { Situation } from '../src/plan/situation.ts'
import { supplement } from '../src/supplement.ts'
import { aFinding } from './evidence/findings/a-question.ts'
import { NEAR_END, situated, snoozed } from './plan/situations.ts'
import { anAlert, aSituation, MINUTE_MS, NOW_MS, waitingJudgement } from './support/builders.ts'

async function askedAbout(situation: Situation): Promise<FindingQuestion[]> {
  const asked: FindingQuestion[] = []
  const findings = new FindingsDesk({
    readers: [
      {
        source: 'prometheus',
        isShared: true,
        isAskedFor: () => true,
        async ask(question) {
          asked.push(question)
          return [aFinding({ source: 'prometheus' })]
        },
      },
    ],
    policy: fixedPolicy(DEFAULT_POLICY),
    now: () => situation.nowMs,
  })
  await supplement(situation, planCase(situation), { findings, decide: planCase })
  return asked
}

const { untilMs } = NEAR_END.snooze

test.each([
  ['at first', aSituation(), null],
  ['while a snooze stands', snoozed({}), null],
  ['near the end of a snooze', snoozed(NEAR_END), untilMs],
  ['just after the end of one', situated({ lastSnoozeEndMs: NOW_MS - 4 * MINUTE_MS }), NOW_MS - 4 * MINUTE_MS],
  ['long after the end of one', situated({ lastSnoozeEndMs: NOW_MS - 6 * MINUTE_MS }), null],
])('%s sources are told whether it is about the end of a snooze', async (_, situation, snoozeEndMs) => {
  expect((await askedAbout(situation)).map((question) => question.snoozeEndMs)).toEqual([snoozeEndMs])
})

test.each([
  ['that waits for its verdict', situated({ alerts: [anAlert({ judgement: waitingJudgement(NOW_MS + MINUTE_MS) })] })],
  ['that somebody has', situated({ takenOver: { by: 'Ada', what: 'wake', atMs: NOW_MS } })],
  ['that no incident confirms', situated({ isUnconfirmed: true })],
])('about a case %s nothing is asked', async (_, situation) => {
  expect(await askedAbout(situation)).toEqual([])
})
