import type { Logger } from 'pino'
import type { SlackPeople } from '../../clients/slack-people.ts'
import type { Policy } from '../../config/policy.ts'

/** Members of a group and names of a person are asked for again after this, in ms. */
const FRESH_MS = 300_000
/** People remembered at most. */
const NAMES_LIMIT = 1_000

interface Remembered<T> {
  atMs: number
  value: T
}

export interface SlackOperators {
  /** Whether policy lists the user, or a group of the user's. A group that can't be read allows nobody. */
  isAllowed(userId: string): Promise<boolean>
  /** The names that a user goes by; none where Slack does not say. */
  namesOf(userId: string): Promise<readonly string[]>
}

/** Who may snooze, approve, open an issue or pause from Slack. */
export function createOperators({
  operators,
  people,
  now,
  logger,
}: {
  operators: () => Policy['operators']
  people: Pick<SlackPeople, 'groupMembers' | 'namesOf'>
  now: () => number
  logger: Logger
}): SlackOperators {
  const groups = new Map<string, Remembered<readonly string[]>>()
  const names = new Map<string, Remembered<readonly string[]>>()

  async function remembered(
    memory: Map<string, Remembered<readonly string[]>>,
    id: string,
    ask: (id: string) => Promise<readonly string[]>,
  ): Promise<readonly string[]> {
    const known = memory.get(id)
    if (known && now() - known.atMs < FRESH_MS) return known.value
    try {
      const value = await ask(id)
      if (memory.size >= NAMES_LIMIT) memory.clear()
      memory.set(id, { atMs: now(), value })
      return value
    } catch (error) {
      logger.warn({ err: error }, 'slack could not say who a person is')
      return []
    }
  }

  return {
    async isAllowed(userId) {
      const { slackUsers, slackGroups } = operators()
      if (slackUsers.includes(userId)) return true
      for (const group of slackGroups)
        if ((await remembered(groups, group, people.groupMembers)).includes(userId)) return true
      return false
    },
    namesOf: (userId) => remembered(names, userId, people.namesOf),
  }
}
