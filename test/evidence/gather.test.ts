import { describe, expect, test } from '@jest/globals'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import { type GatherContext, type GatherDeps, gatherFacts } from '../../src/evidence/gather.ts'
import type { ChannelQuestion } from '../../src/evidence/slack/slack-evidence.ts'
import type { Case, CaseAlert } from '../../src/model/case.ts'
import type { IndexedMessage } from '../../src/model/slack-message.ts'
import {
  aCase,
  anAlert,
  anEtcdAnswer,
  aSnooze,
  BUSY_TEXT,
  CLUSTER_ID,
  CRN,
  crnOf,
  labelsOf,
  MINUTE_MS,
  NOW_MS,
  OTHER_CLUSTER_ID,
} from '../support/builders.ts'

const { kpEventsAlerts, deployFailure, deployAlerts } = DEFAULT_POLICY.channels
const DAY_MS = 86_400_000

function posted(segments: string[], change: Partial<IndexedMessage> = {}): IndexedMessage {
  return {
    channel: kpEventsAlerts.id,
    ts: '1700000000.000100',
    threadTs: null,
    author: { botId: 'B0000001', appId: null, userId: null, name: 'poster' },
    segments,
    editedTs: null,
    ...change,
  }
}

/** Gathers with channels that were read whole and hold the messages; tells also what each channel was asked. */
async function gather(
  messages: IndexedMessage[],
  change: {
    subject?: Partial<Case>
    alert?: Partial<CaseAlert>
    deps?: Partial<GatherDeps>
    context?: Partial<GatherContext>
  } = {},
) {
  const asked = new Map<string, ChannelQuestion>()
  const deps: GatherDeps = {
    slack: {
      async askChannel(channel, question) {
        asked.set(channel, question)
        const found = channel === kpEventsAlerts.id ? messages : []
        return {
          outcome: found.length > 0 ? 'found' : 'absent',
          why: null,
          isCatchingUp: false,
          messages: found,
          completeToMs: NOW_MS,
          observedAtMs: NOW_MS,
        }
      },
    },
    permalink: (channel, ts) => `https://slack.example/${channel}/${ts}`,
    etcd: null,
    policy: DEFAULT_POLICY,
    catchUpUntilMs: 0,
    ...change.deps,
  }
  const alert = anAlert(change.alert)
  const context: GatherContext = { nowMs: NOW_MS, authorRule: 'any-bot-when-empty', ...change.context }
  const facts = await gatherFacts(aCase({ alerts: [alert], ...change.subject }), alert, { deps, context })
  return { facts, asked }
}

describe('the facts about an alert', () => {
  test('ask the error channel from 15 min before the start, the failure channel for 30 days before it', async () => {
    const { facts, asked } = await gather([])
    const startsAtMs = NOW_MS - 10 * MINUTE_MS
    expect(asked.get(kpEventsAlerts.id)).toEqual({
      clusterId: CLUSTER_ID,
      fromMs: startsAtMs - 15 * MINUTE_MS,
      toMs: NOW_MS,
    })
    expect(asked.get(deployFailure.id)?.fromMs).toBe(startsAtMs - 30 * DAY_MS)
    expect(facts).toMatchObject({
      waitFromMs: NOW_MS - 9 * MINUTE_MS,
      waitUntilMs: null,
      deletions: null,
      etcd: null,
      migration: null,
    })
  })

  test('wait from the receipt where the alert says that it starts far ahead', async () => {
    const { facts } = await gather([], { alert: { startsAtMs: NOW_MS + 365 * DAY_MS } })
    expect(facts.waitFromMs).toBe(NOW_MS - 9 * MINUTE_MS)
  })

  test('count error texts from 15 min before the end of the last snooze', async () => {
    const { asked } = await gather([], { subject: { lastSnoozeEndMs: NOW_MS - MINUTE_MS } })
    expect(asked.get(kpEventsAlerts.id)?.fromMs).toBe(NOW_MS - 16 * MINUTE_MS)
  })

  test('keep the window where it is while a snooze stands, and move it near its end', async () => {
    const early = NOW_MS - 25 * MINUTE_MS
    const standing = await gather([], { subject: { snooze: aSnooze() } })
    expect(standing.asked.get(kpEventsAlerts.id)?.fromMs).toBe(early)
    expect(standing.facts.waitUntilMs).toBeNull()
    const untilMs = NOW_MS + 4 * MINUTE_MS
    const ending = await gather([], { subject: { snooze: aSnooze({ untilMs }) } })
    expect(ending.asked.get(kpEventsAlerts.id)?.fromMs).toBe(untilMs - 15 * MINUTE_MS)
    expect(ending.facts.waitUntilMs).toBe(untilMs)
  })

  test('without Slack are unavailable, never absent', async () => {
    const { facts } = await gather([], { deps: { slack: null } })
    expect([facts.errorTexts, facts.masterOperations]).toMatchObject([
      { outcome: 'unavailable' },
      { outcome: 'unavailable' },
    ])
    expect(facts.errorTexts.why).toContain('SLACK_BOT_TOKEN')
  })

  test('of a cluster that is not known ask nobody', async () => {
    const { facts, asked } = await gather([], { alert: { labels: {} } })
    expect(asked.size).toBe(0)
    expect(facts.errorTexts).toMatchObject({ outcome: 'unavailable', why: 'no cluster is known to search for' })
  })

  test('take the migration of the day on which the alert started', async () => {
    const labels = { ...labelsOf(CLUSTER_ID), CRN: crnOf(CLUSTER_ID, 'eu-fr2') }
    const { facts } = await gather([], { alert: { labels, startsAtMs: Date.parse('2024-10-31T23:59:59Z') } })
    expect(facts.migration).toMatchObject({ name: 'BNPP to HPCS' })
    const after = await gather([], { alert: { labels, startsAtMs: Date.parse('2024-11-01T00:00:00Z') } })
    expect(after.facts.migration).toBeNull()
  })

  test('ask etcd and the deletions only for the error that makes them matter', async () => {
    const etcd = { lookUp: async () => anEtcdAnswer() }
    const busy = await gather([posted([`${CLUSTER_ID} ${BUSY_TEXT}`])], { deps: { etcd } })
    expect([busy.facts.etcd, busy.facts.deletions, busy.asked.has(deployAlerts.id)]).toEqual([null, null, false])
    const missing = await gather([posted([`Error finding ETCD info for the cluster ${CLUSTER_ID}`])], {
      deps: { etcd },
    })
    expect(missing.facts.etcd).toEqual(anEtcdAnswer())
    expect(missing.asked.get(deployAlerts.id)?.fromMs).toBe(NOW_MS - 10 * MINUTE_MS - 400 * DAY_MS)
  })

  test('say that etcd is not configured', async () => {
    const { facts } = await gather([posted([`Error finding ETCD info for the cluster ${CLUSTER_ID}`])])
    expect(facts.etcd).toMatchObject({ outcome: 'unavailable', why: expect.stringContaining('ETCD_ENDPOINTS') })
  })
})

describe('a message about the cluster', () => {
  const factOf = async (...given: Parameters<typeof gather>) => {
    const { facts } = await gather(...given)
    const [fact] = facts.errorTexts.messages
    if (!fact) throw new Error('no message was gathered')
    return fact
  }

  test('names one cluster though its CRN holds an account id', async () => {
    const text = `resource ${CRN}: ${BUSY_TEXT}`
    expect(await factOf([posted([text])])).toMatchObject({ isAboutMore: false, ownText: text, isListed: true })
  })

  test('that names another cluster too says of this one only what its own lines say', async () => {
    const fact = await factOf([
      posted([
        `${CLUSTER_ID} key is disabled`,
        `${OTHER_CLUSTER_ID} ${BUSY_TEXT}`,
        `${CLUSTER_ID} and ${OTHER_CLUSTER_ID}: ${BUSY_TEXT}`,
      ]),
    ])
    expect(fact).toMatchObject({ isAboutMore: true, ownText: `${CLUSTER_ID} key is disabled` })
    expect(fact.text).toContain(BUSY_TEXT)
  })

  test('has its secrets masked and is bounded', async () => {
    const fact = await factOf([posted([`${CLUSTER_ID} password=hunter2hunter2 ${'x'.repeat(20_000)}`])])
    expect(fact.text).not.toContain('hunter2')
    expect([...fact.text].length).toBeLessThanOrEqual(16_384)
  })

  test.each<[string, Partial<IndexedMessage>, GatherContext['authorRule'], boolean]>([
    ['a bot while none is listed counts in shadow', {}, 'any-bot-when-empty', true],
    ['a bot while none is listed does not count in live', {}, 'none-when-empty', false],
    ['a reply never counts', { threadTs: '1699999999.000100' }, 'any-bot-when-empty', false],
    [
      'a person never counts',
      { author: { botId: null, appId: null, userId: 'U1', name: 'ada' } },
      'any-bot-when-empty',
      false,
    ],
  ])('%s', async (_name, change, authorRule, isListed) => {
    expect(await factOf([posted([`${CLUSTER_ID} ${BUSY_TEXT}`], change)], { context: { authorRule } })).toMatchObject({
      isListed,
    })
  })
})
