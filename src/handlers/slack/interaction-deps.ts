import type { Logger } from 'pino'
import type { SlackIdentity } from '../../clients/slack.ts'
import type { SlackPeople } from '../../clients/slack-people.ts'
import type { Store } from '../../store/store.ts'
import type { Operations } from '../operations.ts'
import type { PeopleActs } from './asked-acts.ts'
import type { SlackOperators } from './operators.ts'

/** What buttons, modals and the slash command work with. */
export interface InteractionDeps {
  operations: Pick<Operations, 'wake' | 'handOver' | 'snooze' | 'mode' | 'setMode' | 'slackStatus'>
  acts: PeopleActs
  operators: SlackOperators
  people: SlackPeople
  store: Pick<Store, 'caseById' | 'listCases' | 'openCasesOfCluster' | 'countByState' | 'books' | 'appendAudit'>
  publicUrl: string | null
  /** Our workspace and app; rejects while Slack does not say. */
  identity: () => Promise<SlackIdentity>
  isStorm: () => Promise<boolean>
  now: () => number
  logger: Logger
}
