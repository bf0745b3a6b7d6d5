import { z } from 'zod'
import type { Secret } from '../config/secret.ts'
import type { CallCounts } from './call-budget-counts.ts'
import { SlackPace, TIER_2 } from './slack-pace.ts'
import { createSlackCall } from './slack-transport.ts'

/** Slack's largest page. Source: https://docs.slack.dev/reference/methods/search.messages, `count`. */
const PAGE_SIZE = 100
/** Pages of one search: a cluster that is named more often than these hold is not searched for further. */
const MAX_PAGES = 3

const SearchAnswer = z.object({
  messages: z.object({ matches: z.array(z.unknown()), paging: z.object({ pages: z.number() }) }),
})
const Match = z.looseObject({
  ts: z.string(),
  channel: z.looseObject({ id: z.string() }),
  permalink: z.url({ protocol: /^https?$/ }),
})

/** A message that search.messages found, as its index holds it: that may be older than the message is now. */
export interface SlackMatch {
  channel: string
  ts: string
  /** The parent's ts when this is a reply, else null: only the permalink tells. */
  threadTs: string | null
  message: Readonly<Record<string, unknown>>
}

export interface SlackSearch {
  /**
   * The messages of the channel that hold the phrase, newest first, at most 300. That one is not among them proves
   * nothing: the index is not instant, and a match that can't be read is left out.
   */
  findMessages(channel: string, phrase: string): Promise<SlackMatch[]>
}

export interface SlackSearchOptions {
  /** `https://slack.com/api/`, or a stand-in's. */
  apiUrl: string
  /** A user's token (scope search:read): Slack refuses this method to bots. */
  userToken: Secret
  now: () => number
  /** Longest time for one call in milliseconds. Default 10,000. */
  timeoutMs?: number
  /** Where calls are counted. Default: in this process. */
  counts?: CallCounts
}

/** Searches as the user whose token it is, kept to Slack's tier 2. Fails as every call of Slack does. */
export function createSlackSearch({ userToken, ...options }: SlackSearchOptions): SlackSearch {
  const send = createSlackCall({ ...options, botToken: userToken })
  const pace = new SlackPace(options)

  function readPage(query: string, page: number): Promise<z.output<typeof SearchAnswer>> {
    const parameters = { query, page, count: PAGE_SIZE, sort: 'timestamp', sort_dir: 'desc' }
    return pace.run({ name: 'search.messages', pace: TIER_2 }, () => send('search.messages', SearchAnswer, parameters))
  }

  return {
    async findMessages(channel, phrase) {
      const query = `"${phrase.replaceAll('"', ' ')}" in:<#${channel}>`
      const found: SlackMatch[] = []
      for (let page = 1; page <= MAX_PAGES; page++) {
        const { messages } = await readPage(query, page)
        found.push(...messages.matches.flatMap(toMatch))
        if (page >= messages.paging.pages) break
      }
      return found
    },
  }
}

function toMatch(raw: unknown): SlackMatch[] {
  const match = Match.safeParse(raw)
  if (!match.success) return []
  const { ts, channel, permalink } = match.data
  return [{ channel: channel.id, ts, threadTs: new URL(permalink).searchParams.get('thread_ts'), message: match.data }]
}
