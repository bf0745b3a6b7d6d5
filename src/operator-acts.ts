import type { Logger } from 'pino'
import type { Config } from './config/config.ts'
import type { SlackEvidence } from './evidence/slack/slack-evidence.ts'
import { explain } from './explain.ts'
import type { ModePatch, Operations, Readiness } from './handlers/operations.ts'
import type { ModeSwitch } from './mode-switch.ts'
import { type Case, newestIncident, withTimeline } from './model/case.ts'
import { maskSecrets } from './model/outside-text.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import type { Scheduler } from './scheduler.ts'
import { snoozeByHand } from './snooze-by-hand.ts'
import type { Exclusive } from './store/exclusive.ts'
import type { Store } from './store/store.ts'

export interface OperationDeps {
  config: Config
  store: Store
  lock: Exclusive
  scheduler: Scheduler
  modeSwitch: ModeSwitch
  slackEvidence: SlackEvidence | null
  reconciling: () => ReconcileDeps
  /** True once the process is stopping: it is told to nobody as ready. */
  isStopping: () => boolean
  logger: Logger
}

/** What people and the HTTP surface may ask of the running service; every act by hand is in the audit with its name. */
export function createOperations(deps: OperationDeps): Operations {
  const { config, store, lock, scheduler, modeSwitch, slackEvidence, reconciling } = deps
  const { now, storms } = reconciling()

  async function actOn(
    caseId: string,
    { reason: given, ...entry }: { kind: string; by: string; reason: string | null },
    act: (subject: Case) => Case,
  ): Promise<'done' | 'not-found'> {
    const reason = given === null ? null : maskSecrets(given)
    const found = await store.caseById(caseId)
    if (!found) return 'not-found'
    return lock.run(found.groupKey, async () => {
      const subject = await store.caseById(caseId)
      if (!subject) return 'not-found'
      await store.appendAudit({
        kind: entry.kind,
        actor: actorOf(entry.by),
        record: { caseId, reason },
        nowMs: now(),
      })
      const what = `${entry.kind}${reason ? `: ${reason}` : ''}`
      const told = withTimeline(subject, {
        at: new Date(now()).toISOString(),
        what,
        actor: actorOf(entry.by),
        link: null,
      })
      await store.saveCase(act(told), { mergedUpTo: null, isSettled: false })
      return 'done'
    })
  }

  return {
    explain: (input) => explain(input, reconciling()),
    async wake(caseId, by, reason) {
      const subject = await store.caseById(caseId)
      if (!subject) return 'not-found'
      if (subject.state === 'resolved') return 'ended'
      if (!newestIncident(subject)) return 'no-incident'
      const outcome = await actOn(caseId, { kind: 'wake', by, reason }, (current) => takenByHand(current, by, now()))
      await scheduler.wake(subject.groupKey)
      return outcome
    },
    async handOver(caseId, by, reason) {
      const subject = await store.caseById(caseId)
      if (!subject) return 'not-found'
      if (subject.state === 'resolved') return 'ended'
      const outcome = await actOn(caseId, { kind: 'hand-over', by, reason }, (current) =>
        takenByHand(current, by, now()),
      )
      await scheduler.wake(subject.groupKey)
      return outcome
    },
    async snooze(caseId, by, { reason: given, seconds, planHash, names }) {
      const reason = maskSecrets(given)
      const found = await store.caseById(caseId)
      if (!found) return 'not-found'
      if (found.state === 'resolved') return 'ended'
      return lock.run(found.groupKey, async () => {
        const subject = (await store.caseById(caseId)) ?? found
        // A second press finds the plan of the first one.
        if (planHash !== undefined && subject.plan?.hash !== planHash) return { refused: 'stale-evidence' }
        await store.appendAudit({
          kind: 'snooze',
          actor: actorOf(by),
          record: { caseId, reason, seconds },
          nowMs: now(),
        })
        const outcome = await snoozeByHand(subject, { by, reason, seconds, ...(names ? { names } : {}) }, reconciling())
        if (outcome.kind === 'unavailable') {
          // What was acknowledged for it rings nobody: the next look completes it or gives the page back.
          await scheduler.wake(found.groupKey)
          return 'unavailable'
        }
        if (outcome.kind === 'refused') return { refused: outcome.rail }
        const what = outcome.subject.plan?.headline ?? 'snoozed by hand'
        const told = withTimeline(outcome.subject, {
          at: new Date(now()).toISOString(),
          what,
          actor: actorOf(by),
          link: null,
        })
        await store.saveCase(told, { mergedUpTo: null, isSettled: true })
        await scheduler.wake(found.groupKey)
        return 'done'
      })
    },
    async recheck(caseId, by, reason) {
      const outcome = await actOn(caseId, { kind: 'recheck', by, reason }, (subject) => subject)
      const subject = await store.caseById(caseId)
      if (subject) await scheduler.wake(subject.groupKey)
      return outcome
    },
    mode: () => modeSwitch.read(),
    async setMode(patch: ModePatch, by: string) {
      if (patch.mode === 'live' && !config.pagerduty) return 'no-pagerduty'
      const setting = await modeSwitch.write(patch, actorOf(by))
      for (const { groupKey } of await store.openCaseIds()) await store.makeDue(groupKey, now())
      scheduler.nudge()
      return setting
    },
    storm: () => storms.read(),
    readiness: () => readiness(deps),
    accepted: () => scheduler.nudge(),
    slackStatus: () =>
      slackEvidence?.status().map((status) => ({
        channel: status.channel,
        name: status.name,
        watermarkMs: status.watermarkMs,
        state: status.lastErrorCode ?? (status.isReadingWhole ? 'reading' : 'ok'),
      })) ?? [],
  }
}

/** Ready means able to accept durably. Sources that are away are told, and do not take the door down with them. */
async function readiness({ store, slackEvidence, isStopping }: OperationDeps): Promise<Readiness> {
  if (isStopping()) return { ready: false, checks: { process: 'stopping' } }
  const slack = slackEvidence
    ? slackEvidence
        .status()
        .map(
          ({ name, lastErrorCode, isReadingWhole }) =>
            `${name} ${lastErrorCode ?? (isReadingWhole ? 'reading' : 'ok')}`,
        )
        .join(', ')
    : 'not configured'
  const frozenWhy = store.history.frozenWhy()
  // Frozen is ready: what comes in is kept, and decided as in shadow.
  const acting = frozenWhy === null ? {} : { acting: `frozen: ${frozenWhy}` }
  try {
    await store.checkWritable()
    return { ready: true, checks: { store: 'ok', slack, ...acting } }
  } catch {
    return { ready: false, checks: { store: 'can not be written', slack, ...acting } }
  }
}

/** The case as an operator who takes it leaves it: theirs, and the next look rings what the responder holds quiet. */
function takenByHand(subject: Case, by: string, nowMs: number): Case {
  return { ...subject, takenOver: { by: `operator ${by}`, what: 'wake', atMs: nowMs } }
}

/** Who acted, as the audit names them: somebody in Slack, or an operator by the name of their token. */
function actorOf(by: string): string {
  // No name of a token holds a colon.
  return by.startsWith('slack:') ? by : `operator:${by}`
}
