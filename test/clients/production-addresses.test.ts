import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import nock from 'nock'
import pino from 'pino'
import { createGithubClient } from '../../src/clients/github.ts'
import { PagerdutyClient } from '../../src/clients/pagerduty.ts'
import { createSlackClient } from '../../src/clients/slack.ts'
import { readConfig } from '../../src/config/config.ts'

const logger = pino({ level: 'silent' })
const now = Date.now
/** As few variables as a service needs: every address is the default. */
const CONFIG = readConfig({
  ALERTMANAGER_WEBHOOK_TOKENS: 'webhook-token',
  OPERATOR_TOKENS: 'ada:operator-token',
  PAGERDUTY_API_TOKEN: 'pagerduty-token',
  PAGERDUTY_FROM: 'responder@example.com',
  SLACK_BOT_TOKEN: 'xoxb-token',
  GITHUB_REPOSITORY: 'acme/armada-deploy',
  GITHUB_TOKEN: 'github-token',
})

/** No server of ours can stand for these hosts, so their HTTPS is answered in the process. */
describe('the default addresses, over HTTPS', () => {
  beforeAll(() => {
    if (!nock.isActive()) nock.activate()
  })
  beforeEach(() => nock.disableNetConnect())
  afterEach(() => {
    nock.cleanAll()
    nock.enableNetConnect()
  })
  // The sockets of every test that this worker runs afterwards would be nock's, too.
  afterAll(() => nock.restore())

  test("PagerDuty's API is asked at its own address, with token and version", async () => {
    const scope = nock('https://api.pagerduty.com', {
      reqheaders: { authorization: 'Token token=pagerduty-token', accept: 'application/vnd.pagerduty+json;version=2' },
    })
      .get('/incidents')
      .query(true)
      .reply(200, { incidents: [], more: false })
    const { pagerduty } = CONFIG
    if (!pagerduty) throw new TypeError('PagerDuty is configured')
    const client = new PagerdutyClient({ ...pagerduty, token: () => pagerduty.token.read(), now })
    expect(await client.openIncidents('0'.repeat(64))).toEqual([])
    expect(scope.isDone()).toBe(true)
  })

  test("Slack's methods are called below its own address, with the bot's token", async () => {
    const scope = nock('https://slack.com', { reqheaders: { authorization: 'Bearer xoxb-token' } })
      .post('/api/auth.test')
      .reply(200, { ok: true, url: 'https://acme.slack.com/', team_id: 'T1', user_id: 'U1', bot_id: 'B1' })
    if (!CONFIG.slack) throw new TypeError('Slack is configured')
    expect(await createSlackClient({ ...CONFIG.slack, now, logger }).authTest()).toMatchObject({ teamId: 'T1' })
    expect(scope.isDone()).toBe(true)
  })

  test("GitHub's API is asked at its own address, with the token", async () => {
    const scope = nock('https://api.github.com', { reqheaders: { authorization: 'Bearer github-token' } })
      .get('/repos/acme/armada-deploy/issues')
      .query(true)
      .reply(200, [])
    if (!CONFIG.github) throw new TypeError('GitHub is configured')
    expect(await createGithubClient({ ...CONFIG.github, now }).listIssues({ labels: ['x'], state: 'open' })).toEqual([])
    expect(scope.isDone()).toBe(true)
  })
})
