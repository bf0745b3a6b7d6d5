import type { Logger } from 'pino'
import { SlackOutbox } from './actions/slack-outbox.ts'
import type { SlackClient } from './clients/slack.ts'
import type { Config } from './config/config.ts'
import type { ModeSwitch } from './mode-switch.ts'
import { withReceipts } from './model/case.ts'
import type { Store } from './store/store.ts'
import type { Tracing } from './telemetry/tracing.ts'

/** The newest ended cases whose Slack message is looked after. */
const ENDED_TOLD = 100

export interface TellingDeps {
  config: Pick<Config, 'policy'>
  store: Store
  modeSwitch: ModeSwitch
  slackClient: SlackClient | null
  tracing: Tracing
  now: () => number
  logger: Logger
}

/** What is said in the notify channel: one message a case, and lines of their own, where the mode allows. */
export function createTelling({
  config: { policy },
  store,
  modeSwitch,
  slackClient,
  tracing,
  now,
  logger,
}: TellingDeps) {
  const notify = () => policy.current().channels.notify

  async function maySpeak(): Promise<boolean> {
    const { mode, paused } = await modeSwitch.read()
    return mode === 'shadow' ? policy.current().shadowNotify : !paused
  }
  const outbox = new SlackOutbox({
    store,
    client: slackClient,
    channel: notify,
    tracing,
    now,
    probeAfterMs: () => policy.current().windows.probe,
    logger,
    isAllowed: maySpeak,
    record: (told, done) =>
      store.exclusive.run(told.groupKey, async () => {
        const subject = await store.caseById(told.id)
        if (!subject) return
        const receipted = withReceipts(subject, done.receipt ? [done.receipt] : [])
        if (receipted === subject && subject.slack?.contentKey === done.slack?.contentKey) return
        await store.saveCase({ ...receipted, slack: done.slack }, { mergedUpTo: null, isSettled: false })
      }),
  })
  return {
    outbox,
    maySpeak,
    /** One line, once, where the mode allows. */
    async say(text: string): Promise<void> {
      const { id, name } = notify()
      if (slackClient && (await maySpeak()))
        await slackClient.postMessage({ channel: id || name, text, urgency: 'page' })
    },
    /** What was owed when a process ended is in the journal and in the due times; what Slack was owed is in the cases. */
    async tellOwed(): Promise<void> {
      for (const { id } of await store.openCaseIds()) outbox.tell(id)
      // Ended cases too: their last edit may be owed. One that says what it should costs a read of our own store.
      const ended = await store.listCases({ state: 'resolved', limit: ENDED_TOLD })
      for (const { id } of ended.cases) outbox.tell(id)
    },
  }
}
