import PQueue from 'p-queue'
import type { PolicySource } from '../../config/policy-source.ts'
import { isTransient, TerminalError } from '../../errors.ts'
import { type Case, type CaseAlert, firingAlerts } from '../../model/case.ts'
import { type AlertFindings, type Finding, type FindingSource, toStorable } from '../../model/finding.ts'
import { identifyCluster } from '../../model/identity.ts'
import { type ErrorTrace, traceOf } from '../../runbook/error-trace.ts'
import { migrationContextOf } from '../../runbook/migration-context.ts'
import type { FindingQuestion, FindingReader } from './finding-source.ts'
import { registrationsDueMs } from './late-registrations.ts'

/** Longest that a note or an issue waits for all sources together, in ms. */
const DEADLINE_MS = 2_500
/** Part of it after which nobody waits for the logs to complete what the error texts tell. */
const TRACE_SHARE = 0.5
/** Findings are taken again for another outcome, but not when they are this young, in ms. */
const YOUNG_MS = 60_000
/** Alerts of one case that sources are asked about; as many as a note has paragraphs. */
const ALERT_LIMIT = 5
/** Questions that one source is asked at once. */
const AT_ONCE = 8

export interface FindingsDeskOptions {
  readers: readonly FindingReader[]
  policy: PolicySource
  now: () => number
  /** Default 2,500 ms. */
  deadlineMs?: number
}

/** What people are to be told of. */
export interface Occasion {
  /** Identity of the outcome. */
  outcomeKey: string
  isStorm: boolean
  /** When a snooze ends or has ended (ms), where this is about its end; else null. */
  snoozeEndMs: number | null
}

/**
 * Asks the sources that are looked up beside the evidence: side by side, under one deadline, once for each outcome of a
 * case; Key Protect again while an issue waits for what it says. Nothing rests on their answers, so none of them can hold up a verdict or a snooze.
 */
export class FindingsDesk {
  readonly #options: FindingsDeskOptions
  readonly #turns: ReadonlyMap<FindingSource, PQueue>

  constructor(options: FindingsDeskOptions) {
    this.#options = options
    this.#turns = new Map(options.readers.map(({ source }) => [source, new PQueue({ concurrency: AT_ONCE })]))
  }

  /** True where nothing is configured that could be asked. */
  get isEmpty(): boolean {
    return this.#options.readers.length === 0
  }

  /** The case with what the sources say of its firing alerts; the case itself where nothing is to be asked. Never rejects. */
  async withFindings(subject: Case, occasion: Occasion): Promise<Case> {
    const { outcomeKey, isStorm } = occasion
    const readers = this.#options.readers.filter(({ isShared }) => isShared || !isStorm)
    if (readers.length === 0) return subject
    const found = firingAlerts(subject)
      .slice(0, ALERT_LIMIT)
      .flatMap((alert): Promise<[string, AlertFindings | undefined]>[] => {
        const asking = this.#isDue(alert, outcomeKey)
          ? this.#ask(alert, readers, occasion)
          : this.#askLate(alert, subject, { readers, occasion })
        return asking ? [asking.then((findings) => [alert.fingerprint, findings])] : []
      })
    if (found.length === 0) return subject
    const byFingerprint = new Map(await Promise.all(found))
    const alerts = subject.alerts.map((alert) => {
      const findings = byFingerprint.get(alert.fingerprint)
      return findings ? { ...alert, findings } : alert
    })
    return { ...subject, alerts }
  }

  #isDue({ judgement, findings }: CaseAlert, outcomeKey: string): boolean {
    if (judgement?.kind !== 'verdict') return false
    if (findings?.reason !== judgement.verdict.reason) return true
    return findings.outcomeKey !== outcomeKey && this.#options.now() - findings.askedAtMs >= YOUNG_MS
  }

  /** Key Protect alone, where an issue waits for what it says: its answer joins what the others said before. Null where it is not due. */
  #askLate(
    alert: CaseAlert,
    subject: Case,
    { readers, occasion }: { readers: readonly FindingReader[]; occasion: Occasion },
  ): Promise<AlertFindings | undefined> | null {
    const before = alert.findings
    const dueMs = registrationsDueMs(alert, subject)
    const owed = readers.filter(({ source }) => source === 'key-protect')
    if (!before || dueMs === null || dueMs > this.#options.now() || owed.length === 0) return null
    const others = before.entries.filter(({ source }) => source !== 'key-protect')
    return this.#ask(alert, owed, occasion).then((late) =>
      late ? { ...before, askedAtMs: late.askedAtMs, entries: [...others, ...late.entries] } : before,
    )
  }

  async #ask(
    alert: CaseAlert,
    readers: readonly FindingReader[],
    { outcomeKey, isStorm, snoozeEndMs }: Occasion,
  ): Promise<AlertFindings | undefined> {
    const { now, deadlineMs = DEADLINE_MS } = this.#options
    const policy = this.#options.policy.current()
    if (alert.judgement?.kind !== 'verdict') return undefined
    const { verdict } = alert.judgement
    const deadline = AbortSignal.timeout(deadlineMs)
    const trace = Promise.withResolvers<ErrorTrace>()
    const told = traceOf(alert, policy)
    const question: FindingQuestion = {
      isStorm,
      nowMs: now(),
      alert,
      verdict,
      identity: identifyCluster(alert),
      migration: migrationContextOf(alert, policy),
      trace: told,
      completedTrace: trace.promise,
      snoozeEndMs,
      signal: deadline,
    }
    const answers = readers.map((reader) => ({ source: reader.source, answer: this.#answerOf(reader, question) }))
    const logs = answers.find(({ source }) => source === 'logs')
    const impatient = setTimeout(() => trace.resolve(told), deadlineMs * TRACE_SHARE)
    if (!logs) trace.resolve(told)
    void logs?.answer.then((entries) => trace.resolve(traceOf(withEntries(alert, entries), policy)))
    const entries = (await Promise.all(answers.map(({ answer }) => answer))).flat()
    clearTimeout(impatient)
    return { outcomeKey, reason: verdict.reason, askedAtMs: question.nowMs, entries }
  }

  /** What one source says, or that it did not say anything in time. Never rejects. */
  async #answerOf(reader: FindingReader, question: FindingQuestion): Promise<Finding[]> {
    const { source } = reader
    const turns = this.#turns.get(source)
    try {
      if (!reader.isAskedFor(question)) return []
      const isLate = whenAborted(question.signal)
      const answer = turns ? turns.add(() => reader.ask(question), { signal: question.signal }) : reader.ask(question)
      const found = await Promise.race([answer, isLate])
      return found.map(toStorable)
    } catch (error) {
      return [toStorable(this.#unavailable(source, whyNot(error, question.signal)))]
    }
  }

  #unavailable(source: FindingSource, why: string): Finding {
    return {
      source,
      outcome: 'unavailable',
      summary: why,
      observedAt: new Date(this.#options.now()).toISOString(),
      link: null,
      lines: [],
      quotes: [],
      steps: [],
      details: null,
    }
  }
}

function withEntries(alert: CaseAlert, entries: readonly Finding[]): CaseAlert {
  const reason = alert.judgement?.verdict.reason
  return reason ? { ...alert, findings: { outcomeKey: '', reason, askedAtMs: 0, entries } } : alert
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** Why a source was not checked, a few words for the note. What is no error of a call is a fault of ours: it is named, and costs no note. */
function whyNot(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'timed out'
  if (isTransient(error) || error instanceof TerminalError) return error.message
  return `failed (${error instanceof Error ? error.name : 'unknown error'})`
}
