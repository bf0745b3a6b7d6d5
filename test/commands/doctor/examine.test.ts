import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { DEFAULT_REPOSITORY } from '../../../sandbox/github/people.ts'
import { APP_KEYS } from '../../rotation/app-keys.ts'
import { aScene, type Scene, SECRETS, unwell } from './scene.ts'

const DAY_MS = 86_400_000
// Each test waits for programs of its own, on a machine that may be busy.
jest.setTimeout(150_000)

let scene: Scene

beforeEach(async () => {
  scene = await aScene()
})
afterEach(() => scene.close())

interface Fault {
  title: string
  spoil: (scene: Scene) => void
  /** What is said, `state check: ...`; each a part of one line. */
  says: string[]
}

const FAULTS: Fault[] = [
  {
    title: 'a revoked PagerDuty token',
    spoil: ({ sandbox }) => {
      sandbox.pagerduty.settings.token = 'another'
    },
    says: ['fail pagerduty token: PagerDuty list past incidents'],
  },
  {
    title: 'a user that PagerDuty does not know',
    spoil: ({ environment }) => {
      environment.PAGERDUTY_FROM = 'nobody@example.com'
    },
    says: ['fail pagerduty user: PAGERDUTY_FROM nobody@example.com is no user'],
  },
  {
    title: 'a service without an acknowledgement timeout',
    spoil: ({ sandbox }) => {
      sandbox.pagerduty.settings.acknowledgementTimeoutSeconds = null
    },
    says: ['fail pagerduty service PSERVIC: armada-kp-events has no acknowledgement timeout'],
  },
  {
    title: 'a PagerDuty without incidents of ours',
    spoil: ({ sandbox }) => sandbox.pagerduty.reset(),
    says: ['warn pagerduty service: no incident of ours in 30 days'],
  },
  {
    title: 'a PagerDuty that is away',
    spoil: ({ sandbox }) => sandbox.faults.down('pagerduty'),
    says: ['fail pagerduty token: '],
  },
  {
    title: 'no PagerDuty webhook',
    spoil: ({ environment }) => {
      delete environment.PAGERDUTY_WEBHOOK_SECRETS
    },
    says: ['warn pagerduty webhook: is off'],
  },
  {
    title: 'a revoked Slack token',
    spoil: ({ sandbox }) => sandbox.slack.refuseTokens('token_revoked'),
    says: ['fail slack token: '],
  },
  {
    title: 'a missing Slack scope',
    spoil: ({ sandbox }) => sandbox.slack.setScopes('bot', ['channels:history', 'channels:read']),
    says: ['fail slack scopes: lacks chat:write'],
  },
  {
    title: 'a scope that the policy makes needed',
    spoil: ({ policy, sandbox }) => {
      policy({ operators: { slackGroups: ['S0OPERATORS'] } })
      sandbox.slack.setScopes('bot', ['channels:history', 'channels:read', 'chat:write'])
    },
    says: ['fail slack scopes: lacks usergroups:read'],
  },
  {
    title: 'a Slack scope too many',
    spoil: ({ sandbox }) =>
      sandbox.slack.setScopes('bot', ['channels:history', 'channels:read', 'chat:write', 'files:read']),
    says: ['warn slack scopes: has more than is used: files:read'],
  },
  {
    title: "a user's token that may not search",
    spoil: ({ sandbox }) => sandbox.slack.setScopes('user', ['chat:write']),
    says: ['fail slack search: SLACK_USER_TOKEN lacks the scope search:read'],
  },
  {
    title: 'an app token that may open no socket',
    spoil: ({ environment, sandbox }) => {
      environment.SLACK_APP_TOKEN = 'xapp-wrong-0123456789'
      sandbox.slack.setMethodError('apps.connections.open', 'invalid_auth')
    },
    says: ['fail slack events: SLACK_APP_TOKEN: '],
  },
  {
    title: 'a sign-in whose provider is away',
    spoil: ({ environment }) =>
      Object.assign(environment, {
        OIDC_ISSUER: 'http://127.0.0.1:1',
        OIDC_CLIENT_ID: 'kp-responder',
        OIDC_CLIENT_SECRET: 'doctor-oidc-secret',
        OIDC_OPERATORS: 'ann@example.com',
      }),
    says: ["fail sign-in: http://127.0.0.1:1 can't be asked"],
  },
  {
    title: 'an evidence channel that we are not in',
    spoil: ({ sandbox }) => sandbox.slack.setMember('C9XGSR292', false),
    says: ['fail slack #armada-deploy-failure (C9XGSR292): we are not a member'],
  },
  {
    title: 'an evidence channel that is archived',
    spoil: ({ sandbox }) => sandbox.slack.setArchived('C018KJ6NW4A', true),
    says: ['fail slack #armada-kp-events-alerts (C018KJ6NW4A): is archived'],
  },
  {
    title: 'an evidence channel whose poster is silent for too long',
    spoil: (at) => {
      at.sandbox.clock.jump(8 * DAY_MS)
      at.sandbox.pagerduty.trigger({ dedupKey: 'b'.repeat(64), summary: 'ArmadaKPEventsProcessingErrors' })
    },
    says: [
      'warn slack #armada-kp-events-alerts (C018KJ6NW4A): its known poster has posted nothing for 7 d',
      'fail slack #armada-deploy-failure (C9XGSR292): its known poster has posted nothing for 7 d',
      'warn slack #armada-deploy-alerts (C54FY4EKG): its known poster has posted nothing for 7 d',
    ],
  },
  {
    title: 'channels without authors',
    spoil: ({ policy }) => policy({ channels: {} }),
    says: [
      'warn slack #armada-kp-events-alerts (C018KJ6NW4A): names no authors',
      'warn slack #armada-deploy-alerts (C54FY4EKG): names no authors',
    ],
  },
  {
    title: 'a notify channel that we are not in',
    spoil: ({ sandbox }) => sandbox.slack.setMember('#armada-deploy', false),
    says: ['fail slack #armada-deploy: we are not a member'],
  },
  {
    title: 'a notify channel that is not there',
    spoil: ({ policy }) => policy({ channels: { notify: { name: '#nowhere' } } }),
    says: [
      'warn slack #armada-kp-events-alerts (C018KJ6NW4A): names no authors',
      'warn slack #armada-deploy-alerts (C54FY4EKG): names no authors',
      'fail slack #nowhere: is not found',
    ],
  },
  {
    title: 'a repository without issues',
    spoil: ({ sandbox }) => sandbox.github.addRepository(DEFAULT_REPOSITORY, { hasIssues: false }),
    says: [`fail github ${DEFAULT_REPOSITORY}: has issues switched off`],
  },
  {
    title: 'a repository where labels are dropped',
    spoil: ({ sandbox }) => sandbox.github.addRepository(DEFAULT_REPOSITORY, { hasPushAccess: false }),
    says: [`fail github ${DEFAULT_REPOSITORY}: the credentials may not set labels`],
  },
  {
    title: 'a repository that is not there',
    spoil: ({ environment }) => {
      environment.GITHUB_REPOSITORY = 'nobody/nothing'
    },
    says: ['fail github nobody/nothing: '],
  },
  {
    title: 'a classic token that opens more than this repository',
    spoil: ({ sandbox }) => {
      sandbox.github.credentials.scopes = ['repo', 'admin:org', 'workflow']
    },
    says: [
      `warn github ${DEFAULT_REPOSITORY} access: a classic token: its scope repo opens every repository of its user`,
      `warn github ${DEFAULT_REPOSITORY} access: has more than is used: admin:org, workflow`,
    ],
  },
  {
    title: 'a classic token that may not open issues',
    spoil: ({ sandbox }) => {
      sandbox.github.credentials.scopes = ['read:org']
    },
    says: [
      `fail github ${DEFAULT_REPOSITORY} access: a classic token without the scope repo`,
      `warn github ${DEFAULT_REPOSITORY} access: has more than is used: read:org`,
    ],
  },
  {
    title: 'a GitHub user that may do too much',
    spoil: ({ sandbox }) => sandbox.github.addRepository(DEFAULT_REPOSITORY, { hasAdminAccess: true }),
    says: [`warn github ${DEFAULT_REPOSITORY} access: the token’s user administers or maintains the repository`],
  },
  ...['read_only_user', 'read_only_limited_user'].map((role) => ({
    title: `a PagerDuty user that is ${role}`,
    spoil: ({ sandbox }: Scene) => Object.assign(sandbox.pagerduty.settings, { responderRole: role }),
    says: [`fail pagerduty role: responder@example.com is ${role}: it may not act`],
  })),
  ...['admin', 'owner', 'observer', 'restricted_access'].map((role) => ({
    title: `a PagerDuty user that is ${role}`,
    spoil: ({ sandbox }: Scene) => Object.assign(sandbox.pagerduty.settings, { responderRole: role }),
    says: [`warn pagerduty role: responder@example.com is ${role}: `],
  })),
  ...['ALERTMANAGER_WEBHOOK_TOKENS', 'PAGERDUTY_WEBHOOK_SECRETS', 'SLACK_SIGNING_SECRET'].map((name) => ({
    title: `a short secret among ${name}`,
    spoil: ({ environment }: Scene) => {
      environment[name] = `${environment[name]},${'x'.repeat(23)}`
    },
    says: [`warn inbound secrets: ${name}: has fewer than 24 bytes`],
  })),
  {
    title: 'a short token of one of two operators',
    spoil: ({ environment }) => {
      environment.OPERATOR_TOKENS = `${environment.OPERATOR_TOKENS},bob:a-word-of-bobs`
    },
    says: ['warn inbound secrets: OPERATOR_TOKENS of bob: has fewer than 24 bytes'],
  },
  {
    title: 'an Alertmanager that is away',
    spoil: ({ environment }) => {
      environment.ALERTMANAGER_URL = 'http://user:alertmanager-password@127.0.0.1:1'
    },
    says: ['fail alertmanager: '],
  },
  {
    title: 'a data directory that can not be made',
    spoil: ({ environment }) => {
      environment.DATA_DIR = `${environment.POLICY_FILE}/data`
    },
    says: ['fail store: DATA_DIR '],
  },
  {
    title: 'a configuration that the service does not start with',
    spoil: ({ environment }) => {
      delete environment.OPERATOR_TOKENS
    },
    says: ['fail configuration: OPERATOR_TOKENS: is required'],
  },
]

/** What the scene leaves unconfigured. */
const USUAL = ['warn etcd: is not configured']

describe('doctor', () => {
  test('has nothing to say of a sandbox in which all is well, and writes nothing anywhere', async () => {
    const findings = await scene.look()
    expect(unwell(findings)).toEqual([expect.stringContaining(USUAL[0] ?? '')])
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['store', 'clock', 'pagerduty token', 'slack token', 'slack search', 'prometheus']),
    )
    expect(scene.sandbox.ledger.entries()).toEqual([])
  })

  test.each(FAULTS)('tells $title, and prints no secret', async ({ spoil, says }) => {
    spoil(scene)
    scene.sandbox.ledger.reset()
    const findings = await scene.look({ now: () => scene.sandbox.clock.now().getTime() })
    const told = unwell(findings).filter((line) => !line.startsWith(USUAL[0] ?? '') && !isClock(line))
    expect(told).toEqual(says.map((part) => expect.stringContaining(part)))
    const printed = JSON.stringify(findings)
    const secrets = [
      ...Object.values(SECRETS),
      'alertmanager-password',
      'doctor-operator-token',
      'a-word-of-bobs',
      'x'.repeat(23),
      'doctor-oidc-secret',
      'xapp-wrong',
    ]
    expect(secrets.filter((secret) => printed.includes(secret))).toEqual([])
    expect(scene.sandbox.ledger.entries()).toEqual([])
  })

  test("says of a GitHub App's token what it is narrowed to", async () => {
    const { environment } = scene
    delete environment.GITHUB_TOKEN
    Object.assign(environment, {
      GITHUB_APP_ID: '1',
      GITHUB_APP_INSTALLATION_ID: '2',
      GITHUB_APP_PRIVATE_KEY: APP_KEYS[0],
    })
    expect(await scene.look()).toContainEqual({
      check: `github ${DEFAULT_REPOSITORY} access`,
      state: 'ok',
      says: "an App's token, narrowed to Issues: write of this repository",
      remedy: null,
    })
  })

  test.each([
    [120_000, /^fail clock: this machine is \d+ s ahead of PagerDuty/],
    [-120_000, /^fail clock: this machine is \d+ s behind PagerDuty/],
  ])('tells a clock that is wrong by %i ms', async (skewMs, says) => {
    const lines = unwell(await scene.look({ now: () => Date.now() + skewMs })).filter(isClock)
    expect(lines).toEqual([expect.stringMatching(says), expect.anything(), expect.anything()])
  })

  test('gives up an upstream that never answers, and looks at the others', async () => {
    scene.sandbox.faults.add({
      upstream: 'pagerduty',
      method: 'GET',
      fault: { kind: 'hang', when: 'before-commit' },
      times: Number.POSITIVE_INFINITY,
    })
    const findings = await scene.look({ limitMs: 1_000 })
    expect(unwell(findings)).toEqual([
      'fail pagerduty: was not looked at whole within 1 s',
      expect.stringContaining(USUAL[0] ?? ''),
    ])
    expect(findings.some(({ check }) => check === 'slack token')).toBe(true)
  })

  test("looks into Alertmanager's own configuration where it is given", async () => {
    const file = join(scene.environment.DATA_DIR ?? '', '..', 'alertmanager.yml')
    writeFileSync(file, 'route: {receiver: a}\nreceivers: [{name: a}]\n')
    expect(unwell(await scene.look({ alertmanagerConfig: file }))).toContainEqual(
      expect.stringContaining('none of them sends to /webhooks/alertmanager'),
    )
    expect(unwell(await scene.look({ alertmanagerConfig: `${file}-nowhere` }))).toContainEqual(
      expect.stringContaining("can't be read"),
    )
  })

  test('tells a Watchdog that Alertmanager does not send here, where one is to ping', async () => {
    const file = join(scene.environment.DATA_DIR ?? '', '..', 'alertmanager.yml')
    const webhook =
      "{url: 'http://responder:8080/webhooks/alertmanager', http_config: {authorization: {credentials: x}}}"
    const receivers = `receivers: [{name: a, webhook_configs: [${webhook}], pagerduty_configs: [{routing_key: x}]}, {name: b}]`
    writeFileSync(
      file,
      `route: {receiver: b, routes: [{match_re: {CRN: .+}, receiver: a, group_by: [CRN]}]}\n${receivers}`,
    )
    const watchdog = 'fail alertmanager config, Watchdog: is not sent to /webhooks/alertmanager: nobody is ever pinged'
    expect(unwell(await scene.look({ alertmanagerConfig: file }))).not.toContain(watchdog)
    scene.environment.HEARTBEAT_URL = 'https://hc.example.com/secret-path'
    expect(unwell(await scene.look({ alertmanagerConfig: file }))).toContain(watchdog)
    writeFileSync(file, `route: {receiver: a, group_by: [CRN]}\n${receivers}`)
    const findings = await scene.look({ alertmanagerConfig: file })
    expect(unwell(findings)).not.toContain(watchdog)
    expect(JSON.stringify(findings)).not.toContain('secret-path')
    expect(scene.sandbox.heartbeat.pings).toEqual([])
  })
})

function isClock(line: string): boolean {
  return line.includes(' clock: ')
}
