import { backtest, toJudged, toReplayed } from '../../backtest/backtest.ts'
import { impactingAtMs } from '../../backtest/case-then.ts'
import { compare } from '../../backtest/compare.ts'
import { openEtcdNow } from '../../backtest/etcd-now.ts'
import { gatherChannels } from '../../backtest/gather-channels.ts'
import { humanOutcome } from '../../backtest/human-outcome.ts'
import { type History, isReadable, isUnreadable, newestMs, type Unreadable } from '../../backtest/past-incident.ts'
import { readIncidents, readPastIncidents } from '../../backtest/read-pagerduty.ts'
import type { Report } from '../../backtest/report.ts'
import { type ShadowDecision, scoreExamples, shadowDecision } from '../../backtest/shadow.ts'
import { tally } from '../../backtest/tally.ts'
import { PagerdutyClient } from '../../clients/pagerduty.ts'
import { createSlackClient } from '../../clients/slack.ts'
import type { Config } from '../../config/config.ts'
import { TerminalError } from '../../errors.ts'
import { listExamples } from '../../people/labelled-examples.ts'
import { openStoreReader } from '../../store/store-reader.ts'
import { createLogger } from '../../telemetry/log.ts'

/** Tells how far it is; the last of a kind ends its line. */
export type OnProgress = (text: string, isLast?: boolean) => void

interface Span {
  sinceMs: number
  untilMs: number
}

/** Cases read from the store at once. */
const PAGE = 200

/** The incidents of our alerts in a span, from PagerDuty. @throws TerminalError where it is not configured or refuses us */
export async function readFromPagerduty(
  config: Config,
  { span, onProgress }: { span: Span; onProgress: OnProgress },
): Promise<History> {
  const client = toClient(config)
  if (!client) throw new TerminalError('rejected', 'set PAGERDUTY_API_TOKEN and PAGERDUTY_FROM, or give --file FILE')
  onProgress('reading the list of incidents')
  const all = await readPastIncidents(client, {
    ...span,
    alertnames: config.policy.current().alertnames,
    onProgress: countOf('reading incidents', onProgress),
  })
  return { all, knownToMs: Math.max(Date.now(), newestMs(all)) }
}

/** What the responder would have done about the incidents, on the channels as they stood then. */
export async function judgePast(
  { all, knownToMs }: History,
  { config, onProgress }: { config: Config; onProgress: OnProgress },
): Promise<Report> {
  const { slack, seedMode } = config
  const policy = config.policy.current()
  const replayed = toReplayed(all.filter(isReadable), policy.alertnames)
  if (replayed.length > 0 && !slack)
    throw new TerminalError('rejected', 'set SLACK_BOT_TOKEN: without the channels no verdict of then can be given')
  const client = slack && createSlackClient({ ...slack, now: Date.now, logger: createLogger('silent') })
  const channels = client
    ? await gatherChannels(client, replayed, {
        policy,
        onProgress: (name, ms) => onProgress(`reading ${name}, back to ${new Date(ms).toISOString().slice(0, 10)}`),
      })
    : []
  const etcd = openEtcdNow(config, Date.now)
  try {
    const judged = await backtest(replayed, {
      policy,
      channels,
      permalink: (channel, ts, threadTs) => client?.permalink(channel, ts, threadTs) ?? '',
      etcdNow: etcd.lookUp,
      authorRule: seedMode === 'shadow' ? 'any-bot-when-empty' : 'none-when-empty',
      ownUserId: await ownUserId(config),
      knownToMs,
      onProgress: countOf('judging', onProgress),
    })
    return { of: 'past incidents', ...tally(judged), unreadable: all.filter(isUnreadable), labelled: [] }
  } finally {
    etcd.close()
  }
}

/** What shadow mode decided, beside what people did, and the verdicts that people called wrong. */
export async function judgeShadow({
  config,
  fromFile,
  span,
  onProgress,
}: {
  config: Config
  fromFile: History | null
  span: Span
  onProgress: OnProgress
}): Promise<Report> {
  const { decisions, labelled } = await readStore(config, span)
  const client = fromFile ? null : toClient(config)
  if (!fromFile && !client)
    throw new TerminalError('rejected', 'set PAGERDUTY_API_TOKEN and PAGERDUTY_FROM, or give --file FILE')
  const ids = decisions.map(({ incidentId }) => incidentId)
  const all =
    fromFile?.all ?? (client ? await readIncidents(client, ids, countOf('reading incidents', onProgress)) : [])
  const knownToMs = fromFile?.knownToMs ?? Math.max(Date.now(), newestMs(all))
  const byId = new Map(all.filter(isReadable).map((past) => [past.incident.id, past]))
  const unknown: Unreadable[] = []
  const own = await ownUserId(config)
  const judged = decisions.flatMap(({ incidentId, decision }) => {
    const past = byId.get(incidentId)
    if (!past) {
      const why = all.filter(isUnreadable).find(({ id }) => id === incidentId)?.why
      unknown.push({ id: incidentId, why: why ?? 'what became of it is not in the file' })
      return []
    }
    const outcome = humanOutcome(past, own)
    const seen = { outcome, impactingAtMs: impactingAtMs(past, config.policy.current().alertnames), knownToMs }
    return [toJudged(past, compare(decision, seen))]
  })
  return { of: 'decisions of shadow mode', ...tally(judged), unreadable: unknown, labelled }
}

async function readStore(config: Config, { sinceMs, untilMs }: Span) {
  const reader = await openStoreReader(config)
  try {
    const decisions = new Map<string, ShadowDecision>()
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof reader.listCases>> = await reader.listCases({
        limit: PAGE,
        ...(cursor === null ? {} : { cursor }),
      })
      for (const subject of page.cases) {
        const found = shadowDecision(subject)
        const isInSpan = subject.openedAtMs >= sinceMs && subject.openedAtMs <= untilMs
        if (found && isInSpan) decisions.set(found.incidentId, found)
      }
      cursor = page.nextCursor
    } while (cursor !== null)
    const labelled = scoreExamples(await listExamples(reader), config.policy.current())
    return { decisions: [...decisions.values()], labelled }
  } finally {
    await reader.close()
  }
}

function toClient({ pagerduty }: Config): PagerdutyClient | null {
  if (!pagerduty) return null
  const { apiUrl, from, token } = pagerduty
  return new PagerdutyClient({ apiUrl, from, token: () => token.read(), now: Date.now })
}

/** Our own user is nobody; without a token who it is can't be asked. */
async function ownUserId(config: Config): Promise<string | null> {
  const client = toClient(config)
  if (!client || !config.pagerduty) return null
  return (await client.userByEmail(config.pagerduty.from))?.id ?? null
}

function countOf(what: string, onProgress: OnProgress): (done: number, all: number) => void {
  return (done, all) => onProgress(`${what}: ${done} of ${all}`, done === all)
}
