import PQueue from 'p-queue'
import type { PagerdutyClient } from '../clients/pagerduty.ts'
import { LAST_PAGE } from '../clients/pagerduty-queries.ts'
import type { RawIncident } from '../clients/pagerduty-schema.ts'
import { TerminalError } from '../errors.ts'
import { type PastIncident, toPast, type Unreadable } from './past-incident.ts'

/** Span asked for at once, in ms: PagerDuty takes at most six months, and gives at most 10,000 incidents. */
const SPAN_MS = 30 * 86_400_000
const SHORTEST_SPAN_MS = 60_000
/** Incidents whose parts are read side by side; the client's budget paces the calls. */
const AT_ONCE = 4

type Client = Pick<PagerdutyClient, 'incidentsMadePage' | 'alerts' | 'logEntries' | 'notes' | 'incident'>

export interface SpanQuestion {
  sinceMs: number
  untilMs: number
  alertnames: readonly string[]
  onProgress: (done: number, all: number) => void
}

/**
 * The incidents of a span whose title names one of the alerts, each with all that PagerDuty keeps of it.
 * @throws TransientError, TerminalError when PagerDuty does not answer: half a history is none.
 */
export async function readPastIncidents(
  client: Client,
  { sinceMs, untilMs, alertnames, onProgress }: SpanQuestion,
): Promise<(PastIncident | Unreadable)[]> {
  const found = new Map<string, RawIncident>()
  for (let endMs = untilMs; endMs > sinceMs; endMs -= SPAN_MS) {
    for (const incident of await listSpan(client, { sinceMs: Math.max(sinceMs, endMs - SPAN_MS), untilMs: endMs }))
      if (alertnames.some((name) => incident.title?.includes(name))) found.set(incident.id, incident)
  }
  return readAll(client, [...found.values()], onProgress)
}

/** These incidents, each with all that PagerDuty keeps of it. @throws TransientError, TerminalError as above. */
export async function readIncidents(
  client: Client,
  ids: readonly string[],
  onProgress: (done: number, all: number) => void,
): Promise<(PastIncident | Unreadable)[]> {
  const queue = new PQueue({ concurrency: AT_ONCE })
  const found = await queue.addAll(ids.map((id) => () => readIncident(client, id)))
  const gone = found.flatMap((one) => ('why' in one ? [one] : []))
  const there = found.flatMap((one) => ('why' in one ? [] : [one]))
  return [...gone, ...(await readAll(client, there, onProgress))]
}

async function readIncident(client: Client, id: string): Promise<RawIncident | Unreadable> {
  try {
    return await client.incident(id)
  } catch (error) {
    if (!(error instanceof TerminalError && error.code === 'not-found')) throw error
    return { id, why: 'PagerDuty has it no more' }
  }
}

async function readAll(
  client: Client,
  incidents: readonly RawIncident[],
  onProgress: (done: number, all: number) => void,
): Promise<(PastIncident | Unreadable)[]> {
  const queue = new PQueue({ concurrency: AT_ONCE })
  let done = 0
  onProgress(0, incidents.length)
  return queue.addAll(
    incidents.map((incident) => async () => {
      const read = await readParts(client, incident)
      done += 1
      onProgress(done, incidents.length)
      return read
    }),
  )
}

async function readParts(client: Client, incident: RawIncident): Promise<PastIncident | Unreadable> {
  const { id } = incident
  const [alerts, log, notes] = await Promise.all([client.alerts(id), client.logEntries(id), client.notes(id)])
  if (!alerts.isComplete || !log.isComplete) return { id, why: 'it holds more than is read' }
  return toPast(incident, { alerts: alerts.items, log: log.items, notes })
}

async function listSpan(client: Client, span: { sinceMs: number; untilMs: number }): Promise<RawIncident[]> {
  const incidents: RawIncident[] = []
  for (let page = 0; page <= LAST_PAGE; page += 1) {
    const { items, isComplete } = await client.incidentsMadePage(span, page)
    incidents.push(...items)
    if (isComplete) return incidents
  }
  const middleMs = Math.floor((span.sinceMs + span.untilMs) / 2)
  // More within a minute than can be turned over: those that were read are all that can be.
  if (span.untilMs - span.sinceMs <= SHORTEST_SPAN_MS) return incidents
  const halves = [
    { sinceMs: span.sinceMs, untilMs: middleMs },
    { sinceMs: middleMs, untilMs: span.untilMs },
  ]
  return (await Promise.all(halves.map((half) => listSpan(client, half)))).flat()
}
