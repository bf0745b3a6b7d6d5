import { gathered } from '../clients/gathered.ts'
import type { Paged, PagerdutyClient } from '../clients/pagerduty.ts'
import type { RawIncident, RawLogEntry } from '../clients/pagerduty-schema.ts'
import { TerminalError, TransientError } from '../errors.ts'
import { type AccountLog, ENTRY_LIMIT, historyIn, readAccountLog } from './account-log.ts'
import { type FoundIncidents, findOpenIncidents, type IncidentQuestion } from './open-incidents.ts'

/** What PagerDuty said after the question was put. */
export interface IncidentAnswer {
  /** The open incidents, newest first. */
  open: RawIncident[]
  /** The log of the newest of them; null where none is open. */
  log: Paged<RawLogEntry> | null
}

export type AskIncidents = (question: IncidentQuestion) => Promise<IncidentAnswer>

type BoardClient = Pick<
  PagerdutyClient,
  'openIncidents' | 'openIncidentsPage' | 'alerts' | 'logEntries' | 'accountLogPage'
>

/** Fewer questions than this are asked one by one. */
const MANY = 4
/** A question waits no longer for the answers to earlier ones, in ms. */
const LONGEST_WAIT_MS = 2_000
/** Where many are asked the next questions wait so long for more of them, in ms. */
const PAUSE_MS = 50
/** Questions about older incidents than the others by more than this do not make the list of all of them longer, in ms. */
const SPAN_MS = 3_600_000

/**
 * Answers questions about incidents: at once where nothing is being asked, else many together by pages of the account's open
 * incidents and of its log. No list is used that was asked for before the question was put.
 */
export function openIncidentBoard(client: BoardClient): AskIncidents {
  let known: AccountLog | null = null
  let startPage = 0
  return gathered<IncidentQuestion, IncidentAnswer>(
    async (questions) => {
      if (questions.length < MANY) return askSingly(client, questions)
      let together: (IncidentAnswer | null)[]
      try {
        const parts = await findOpen(client, questions, startPage)
        startPage = parts[0]?.firstPage ?? 0
        const newest = parts.flatMap(({ open }) => [...open.values()].flatMap(([first]) => first ?? []))
        const log = await readLog(client, newest, known)
        if (log) known = furtherBack(known, log)
        together = questions.map((question) => toAnswer(question, parts, log))
      } catch (error) {
        return askSinglyAfter(error, client, questions)
      }
      const left = questions.filter((_question, index) => !together[index])
      const singly = (await askSingly(client, left)).values()
      return together.map((answer) => answer ?? singly.next().value ?? new TypeError('a question has no answer'))
    },
    { longestWaitMs: LONGEST_WAIT_MS, pauseMs: PAUSE_MS },
  )
}

/** What is found out together: among incidents made lately first, then, where many are left, among all. */
async function findOpen(
  client: BoardClient,
  questions: readonly IncidentQuestion[],
  startPage: number,
): Promise<FoundIncidents[]> {
  const latest = await findOpenIncidents(client, questions, { sinceMs: usualSinceMs(questions), startPage })
  const left = questions.filter((question) => !latest.open.has(question))
  if (left.length < MANY) return [latest]
  return [latest, await findOpenIncidents(client, left, { sinceMs: null, startPage: 0 })]
}

/** Since when the incidents of most of the questions were made (ms). */
function usualSinceMs(questions: readonly IncidentQuestion[]): number {
  const sinceMs = questions.map((question) => question.sinceMs)
  const newestMs = Math.max(...sinceMs)
  return Math.min(...sinceMs.filter((ms) => ms >= newestMs - SPAN_MS))
}

async function readLog(client: BoardClient, of: readonly RawIncident[], known: AccountLog | null) {
  const createdAtMs = of.flatMap(({ created_at: atMs }) => atMs ?? [])
  if (createdAtMs.length === 0) return null
  return readAccountLog((sinceMs, page) => client.accountLogPage(sinceMs, page), createdAtMs, known)
}

/** The answer, or null where the lists do not prove it and the question has to be asked by itself. */
function toAnswer(
  question: IncidentQuestion,
  parts: readonly FoundIncidents[],
  log: AccountLog | null,
): IncidentAnswer | null {
  const part = parts.find(({ open }) => open.has(question))
  const open = part?.open.get(question)
  if (!part || !open) return null
  const [newest] = open
  if (!newest) return { open, log: null }
  if (!log || newest.created_at == null) return null
  const { dedupKey } = question
  const items = historyIn(log, { id: newest.id, createdAtMs: newest.created_at, dedupKey })
  // Another incident of the key that was made before or after those that were seen is perhaps open too.
  const hasUnseen = log.triggered
    .get(dedupKey)
    ?.some(
      ({ incidentId, atMs }) => (atMs <= part.fromMs || atMs >= part.toMs) && !open.some(({ id }) => id === incidentId),
    )
  return items && !hasUnseen ? { open, log: { items: [...items], isComplete: true } } : null
}

/** The log to remember: one that stopped early is no substitute for one that can be read on from where it ended. */
function furtherBack(known: AccountLog | null, log: AccountLog): AccountLog {
  return known && known.fromMs < log.fromMs && known.ids.size <= ENTRY_LIMIT ? known : log
}

/** Each by its own key: the list, then the log of what it shows. */
async function askSingly(
  client: BoardClient,
  questions: readonly IncidentQuestion[],
): Promise<(IncidentAnswer | Error)[]> {
  return Promise.all(questions.map((question) => askOne(client, question).catch(toError)))
}

async function askOne(client: BoardClient, { dedupKey }: IncidentQuestion): Promise<IncidentAnswer> {
  const open = await client.openIncidents(dedupKey)
  return { open, log: open[0] ? await client.logEntries(open[0].id) : null }
}

/**
 * What to do where the lists could not be read: a refusal, or an answer that can't be read, may be the lists' own, so the
 * questions are asked one by one; the first of them shows whether PagerDuty answers at all.
 */
async function askSinglyAfter(
  error: unknown,
  client: BoardClient,
  questions: readonly IncidentQuestion[],
): Promise<(IncidentAnswer | Error)[]> {
  const mayAnswerOthers =
    (error instanceof TransientError && error.code === 'unknown') ||
    (error instanceof TerminalError && error.code !== 'unauthorized')
  if (!mayAnswerOthers) return questions.map(() => toError(error))
  const first = await askSingly(client, questions.slice(0, 1))
  if (first[0] instanceof Error) return questions.map(() => toError(error))
  return [...first, ...(await askSingly(client, questions.slice(1)))]
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new TypeError('something was thrown that is no error', { cause: error })
}
