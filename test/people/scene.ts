import { DEFAULT_REPOSITORY } from '../../sandbox/github/github.ts'
import { connectWebhooks } from '../../sandbox/pagerduty/webhooks.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { type PostAnswer, SLACK_CHANNELS, type SlackMessage } from '../../sandbox/slack/slack.ts'
import { NO_STORM, setBusyClusters } from '../replicas/busy-clusters.ts'
import { type ResponderProcess, type ShownCase, startResponder } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'

/** Named in the policy; Grace is in a named group, Eve in neither. */
export const ADA = { userId: 'U0ADA', username: 'ada' }
export const GRACE = { userId: 'U0GRACE', username: 'grace' }
export const EVE = { userId: 'U0EVE', username: 'eve' }
const GROUP = 'S0ONCALL'
const WEBHOOK_SECRET = 'pagerduty-webhook-secret-0123456789'
const NOTIFY = SLACK_CHANNELS.notify.id

type Person = typeof ADA

/** A responder whose notify channel people stand in. */
export interface Scene {
  sandbox: Sandbox
  responder: ResponderProcess
  /** Lets a busy cluster fail; `before` is done to its incident before the responder hears of it. Returns the incident's id. */
  fail: (before?: (incidentId: string) => void) => Promise<string>
  /** The one case, once `isThere` accepts it. */
  awaitCase: (what: string, isThere: (shown: ShownCase) => boolean) => Promise<ShownCase>
  /** The case's one message, once it has this button. */
  awaitButton: (button: string) => Promise<SlackMessage>
  /** The buttons of the case's message, in their order. */
  buttons: () => string[]
  /** All that the case's message says. */
  words: () => string
  press: (button: string, who: Person, how?: { value?: string; teamId?: string }) => Promise<PostAnswer>
  /** What people were answered, in order, once there are so many. */
  answers: (count: number) => Promise<string[]>
  command: (text: string, who?: Person) => Promise<string>
  /** Writes of the responder to PagerDuty and GitHub, by their names. */
  effects: () => string[]
  stop: () => Promise<void>
}

/** A scene in the mode in which nothing has happened yet. */
export async function setScene({
  mode = 'live',
  policy = {},
  environment = {},
}: {
  mode?: 'shadow' | 'approve' | 'live'
  policy?: Readonly<Record<string, unknown>>
  environment?: Readonly<Record<string, string>>
} = {}): Promise<Scene> {
  const sandbox = await startSandbox()
  const etcd = await sandbox.etcd.start()
  sandbox.etcd.put('/clusters/.sentinel')
  sandbox.slack.setGroup(GROUP, [GRACE.userId])
  sandbox.slack.addUser({ id: ADA.userId, name: 'ada', realName: 'Ada Example', email: 'ada@example.com' })
  const responder = await startResponder({
    sandboxUrl: sandbox.url,
    policy: { ...NO_STORM, operators: { slackUsers: [ADA.userId], slackGroups: [GROUP] }, ...policy },
    environment: {
      RESPONDER_MODE: mode,
      PAGERDUTY_WEBHOOK_SECRETS: WEBHOOK_SECRET,
      ETCD_ENDPOINTS: etcd,
      GITHUB_API_URL: `${sandbox.url}/github/api/v3`,
      GITHUB_REPOSITORY: DEFAULT_REPOSITORY,
      GITHUB_TOKEN: 'sandbox-github-token',
      ...environment,
    },
  }).catch(async (error: unknown) => {
    await sandbox.close()
    throw error
  })
  const signingSecret = 'sandbox-signing-secret'
  const webhooks = connectWebhooks(sandbox.pagerduty, {
    url: `${responder.url}/webhooks/pagerduty`,
    secrets: [WEBHOOK_SECRET],
  })
  sandbox.slack.connect({ url: `${responder.url}/slack/events`, signingSecret })

  const message = () => sandbox.slack.ownMessages(NOTIFY)[0]
  const buttonsOf = (shown: SlackMessage | undefined) =>
    (shown?.blocks ?? []).flatMap(({ type, elements }) =>
      type === 'actions' && Array.isArray(elements) ? elements.map(({ action_id }) => String(action_id).slice(3)) : [],
    )
  return {
    sandbox,
    responder,
    async fail(before = () => undefined) {
      const [cluster] = setBusyClusters(sandbox, 1)
      if (!cluster) throw new Error('no cluster was set')
      const incidentId = sandbox.pagerduty.byKey(cluster.dedupKey)?.id ?? ''
      before(incidentId)
      await sandbox.slack.flush()
      const status = await responder.postWebhook(cluster.webhook)
      if (status !== 202) throw new Error(`the webhook was answered ${status}`)
      return incidentId
    },
    awaitCase: (what, isThere) => waitUntil(what, async () => (await responder.cases()).find(isThere)),
    awaitButton: (button) =>
      waitUntil(`the button ${button}`, () => buttonsOf(message()).includes(button) && message()).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}: ${JSON.stringify(message())}\n${responder.output().slice(-4_000)}`)
        },
      ),
    buttons: () => buttonsOf(message()),
    words: () => JSON.stringify([message()?.text, message()?.blocks]),
    press(button, who, how = {}) {
      const ts = message()?.ts ?? ''
      return sandbox.slack.press({ channel: NOTIFY, ts, actionId: `kp_${button}`, ...who, ...how })
    },
    answers: (count) =>
      waitUntil(`${count} answers`, () => {
        const said = sandbox.slack.answers().map(({ text }) => String(text))
        return said.length >= count && said
      }),
    async command(text, who = ADA) {
      const fields = { command: '/kp-events', text, user_id: who.userId, user_name: who.username }
      const answer = await sandbox.slack.slashCommand(fields)
      if (answer.status !== 200) throw new Error(`the command was answered ${answer.status}`)
      return answer.body
    },
    effects: () =>
      sandbox.ledger
        .entries()
        .filter(({ actor, upstream }) => actor === 'responder' && upstream !== 'slack')
        .map(({ effect }) => effect),
    async stop() {
      await webhooks.close()
      await responder.stop()
      await sandbox.close()
    },
  }
}
