import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { createMezmoClient } from '../../../src/clients/logs-mezmo.ts'
import { parsePolicy } from '../../../src/config/policy.ts'
import { fixedPolicy } from '../../../src/config/policy-source.ts'
import { secretFromValue } from '../../../src/config/secret.ts'
import type { FindingReader } from '../../../src/evidence/findings/finding-source.ts'
import { createLogsFindings } from '../../../src/evidence/findings/logs-findings.ts'
import type { Finding } from '../../../src/model/finding.ts'
import { anAlert, aVerdict, CLUSTER_ID, MINUTE_MS } from '../../support/builders.ts'
import { aQuestion } from './a-question.ts'

const CORR_ID = '4b7c-f00d-51ed'
const KEY = 'crn:v1:bluemix:public:kms:eu-fr2:a/0123456789abcdef0123456789abcdef:1111:key:2222'

let sandbox: Sandbox
let reader: FindingReader
let nowMs: number

beforeEach(async () => {
  sandbox = await startSandbox()
  nowMs = sandbox.clock.now().getTime()
  const parsed = parsePolicy('links: {logSearch: "https://logs.example.com/view?q={corrId}"}')
  if (!('policy' in parsed)) throw new Error('no policy')
  const client = createMezmoClient({
    url: `${sandbox.url}/logs`,
    key: secretFromValue('sandbox-logs-key'),
    now: () => nowMs,
  })
  reader = createLogsFindings({ client, policy: fixedPolicy(parsed.policy) })
})

afterEach(async () => {
  await sandbox.close()
})

function question(text = 'busy', minutesAgo = 10) {
  const [evidence] = aVerdict('busy', { kind: 'human' }).evidence
  const verdict = aVerdict('busy', { kind: 'human' }, { evidence: evidence ? [{ ...evidence, quote: text }] : [] })
  const alert = anAlert({ startsAtMs: nowMs - minutesAgo * MINUTE_MS, judgement: { kind: 'verdict', verdict } })
  return aQuestion(alert, { nowMs })
}

async function ask(given = question()): Promise<Finding> {
  const [finding] = await reader.ask(given)
  if (!finding) throw new Error('nothing was found')
  return finding
}

function write(text: string, { app = 'armada-kp-events', level = 'info', minutesAgo = 1 } = {}) {
  sandbox.logs.write({ app, text, level, at: new Date(nowMs - minutesAgo * MINUTE_MS) })
}

describe('the logs', () => {
  test('are searched by CorrID in every app and by cluster in our own, and errors are quoted first', async () => {
    write(`cluster ${CLUSTER_ID}: begins`, { minutesAgo: 1 })
    write(`cluster ${CLUSTER_ID}: wrap failed CorrID=${CORR_ID}`, { level: 'error', minutesAgo: 3 })
    write(`CorrID=${CORR_ID} denied by policy`, { app: 'armada-ghost', level: 'error', minutesAgo: 2 })
    write(`cluster ${CLUSTER_ID} elsewhere`, { app: 'armada-api', level: 'error' })
    const finding = await ask(question(`failed, CorrID=${CORR_ID}`))
    expect(finding).toMatchObject({
      outcome: 'found',
      summary: expect.stringMatching(
        new RegExp(`^3 lines for CorrID ${CORR_ID} or of this cluster since .+Z, 2 errors among them$`),
      ),
      link: `https://logs.example.com/view?q=${CORR_ID}`,
    })
    expect(finding.quotes.map((quote) => quote.replace(/^\S+ /, ''))).toEqual([
      `armada-ghost: CorrID=${CORR_ID} denied by policy`,
      `armada-kp-events: cluster ${CLUSTER_ID}: wrap failed CorrID=${CORR_ID}`,
    ])
  })

  test('give the line that names the keys of a migration, an error or not', async () => {
    write(`cluster ${CLUSTER_ID}: migration intent source key CRN=${KEY}`)
    write(`cluster ${CLUSTER_ID}: wrap failed`, { level: 'error' })
    write(`cluster ${CLUSTER_ID}: nothing special`)
    const { quotes } = await ask()
    expect(quotes).toHaveLength(2)
    expect(quotes.join()).toContain(KEY)
  })

  test('without an error show the newest lines, and say that there is none', async () => {
    for (const minutesAgo of [1, 2, 3]) write(`cluster ${CLUSTER_ID}: ${minutesAgo}`, { minutesAgo })
    const { summary, quotes } = await ask()
    expect(summary).toMatch(/^3 lines for this cluster since .+, no error among them$/)
    expect(quotes.map((quote) => quote.at(-1))).toEqual(['1', '2'])
  })

  test('without a line prove little, and say so', async () => {
    write(`cluster ${CLUSTER_ID}: before the alert`, { minutesAgo: 26 })
    expect(await ask()).toMatchObject({
      outcome: 'weak',
      summary: expect.stringContaining('no line for this cluster since'),
      quotes: [],
    })
  })

  test('of an alert that fires for days are those of the last day', async () => {
    write(`cluster ${CLUSTER_ID}: long ago`, { minutesAgo: 1_441 })
    write(`cluster ${CLUSTER_ID}: lately`, { minutesAgo: 1_439 })
    expect((await ask(question('busy', 5_000))).quotes).toHaveLength(1)
  })

  test('are not asked where neither a CorrID nor a cluster is known', () => {
    expect(reader.isAskedFor(aQuestion(anAlert({ labels: {} })))).toBe(false)
  })

  test('of which one search fails are told from the other, and never as missing', async () => {
    write(`cluster ${CLUSTER_ID}: wrap failed`, { level: 'error' })
    const down = { upstream: 'logs' as const, skip: 0, times: 1, fault: { kind: 'status' as const, status: 503 } }
    sandbox.faults.add(down)
    expect(await ask(question(`failed, CorrID=${CORR_ID}`))).toMatchObject({
      outcome: 'found',
      summary: expect.stringMatching(/^at least 1 line /),
      lines: ['one of the two searches, by CorrID and by cluster, failed'],
    })
    sandbox.logs.reset()
    sandbox.faults.add(down)
    await expect(ask(question(`failed, CorrID=${CORR_ID}`))).rejects.toMatchObject({ code: 'unknown' })
  })
})
