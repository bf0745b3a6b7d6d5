import { waitUntil } from '../support/wait-until.ts'
import { isAfterWrite } from './recorded-store.ts'
import { provoke, type Scenario, WRITES, type Write } from './scenarios.ts'
import { SETTLING, type Stage } from './stage.ts'

/**
 * Where a run is struck: killed at an await of the store, or at a write of an upstream that was committed or not; or that
 * write, or its answer, is lost, and the process lives on.
 */
export type KillPoint =
  | { at: 'store'; point: string }
  | { at: 'upstream'; write: Write; isCommitted: boolean; isKilled: boolean }
  | { at: 'nowhere' }

/** How one run ended. */
export interface Cell {
  point: KillPoint
  /** False where the process never came by: the point is no point of this way. */
  isReached: boolean
  /** A sentence for each effect that is lost, doubled or wrong; none: every effect is there once. */
  faults: string[]
  /** Slack edits beyond those of a run without a kill: they say what the message says already. */
  edits: number
  /** Points passed before the kill. */
  passed: readonly string[]
}

export function nameOf(point: KillPoint): string {
  switch (point.at) {
    case 'store':
      return point.point
    case 'upstream':
      return `upstream.${point.write} ${point.isKilled ? 'killed' : 'lost'} ${point.isCommitted ? 'after' : 'before'} its commit`
    case 'nowhere':
      return 'nowhere'
  }
}

/**
 * The points of a scenario, from its trace: each that leaves something else durable than the one before it; with `all`
 * each one between two awaits.
 */
export function pointsOf(scenario: Scenario, trace: readonly string[], { all }: { all: boolean }): KillPoint[] {
  const { isNew = () => true, writes } = scenario
  const first = trace.find((point) => point.endsWith(' before'))
  const stored = trace.filter((point) => (all || point === first || isAfterWrite(point)) && isNew(point))
  return [
    ...stored.map((point): KillPoint => ({ at: 'store', point })),
    ...writes.flatMap((write) =>
      [false, true].map((isCommitted): KillPoint => ({ at: 'upstream', write, isCommitted, isKilled: true })),
    ),
  ]
}

/** One run of the scenario on the stage's present ground, struck at the point, settled and judged by the ledger. */
export async function runCell(scenario: Scenario, point: KillPoint, stage: Stage): Promise<Cell> {
  try {
    await scenario.prepare?.(stage)
    await stage.arm(point.at === 'store' ? point.point : null)
    const died = stage.responder.gone().then(() => true)
    const isStruck = point.at === 'upstream' ? strike(stage, point) : null
    const acted = scenario.act(stage)
    const settled = waitUntil('the case to be settled', () => scenario.isSettled(stage), SETTLING)
    // What they throw is told by the awaits below; until then nobody may take it for unhandled.
    for (const promise of [acted, settled]) promise.catch(() => undefined)
    const isDead = await Promise.race([died, settled.then(() => false)])
    if (isDead) await stage.restart()
    await acted
    const passed = [...stage.passed]
    if (!isDead) await stage.disarm()
    const faults = await settle(scenario, stage, settled)
    return { point, isReached: isStruck ? isStruck() : isDead, faults, edits: countOf(stage, 'message-edit'), passed }
  } catch (error) {
    const faults = [String(error), await stage.describe()]
    return { point, isReached: true, faults, edits: 0, passed: [] }
  }
}

/** Spoils the next such write, and kills the responder while it is under way where that is asked. Returns whether that has happened. */
function strike(
  { world: { sandbox }, responder }: Stage,
  { write, isCommitted, isKilled }: Extract<KillPoint, { at: 'upstream' }>,
): () => boolean {
  const match = WRITES[write]
  const when = isCommitted ? 'after-commit' : 'before-commit'
  if (!isKilled) {
    const lost = sandbox.faults.add({ ...match, fault: { kind: 'reset', when } })
    return () => lost.hits > 0
  }
  const kill = sandbox.faults.before(match, async () => {
    responder.kill()
    await responder.gone()
  })
  // No answer: nobody is left to take it.
  sandbox.faults.add({ ...match, fault: { kind: 'hang', when } })
  return () => kill.hits > 0
}

async function settle(scenario: Scenario, stage: Stage, settled: Promise<unknown>): Promise<string[]> {
  try {
    await settled
    await provoke(stage)
  } catch (error) {
    return [...judge(scenario, stage), String(error), await stage.describe()]
  }
  return judge(scenario, stage)
}

/** A sentence for each effect that the ledger does not have as often as it must. */
export function judge(scenario: Scenario, stage: Stage): string[] {
  const { expected, uncounted = [], faults = () => [] } = scenario
  const seen = new Set(stage.effects().map(({ effect }) => effect))
  for (const effect of ['message-edit', ...uncounted]) seen.delete(effect)
  const counted = [...new Set([...Object.keys(expected), ...seen])].flatMap((effect) => {
    const [is, wanted] = [countOf(stage, effect), expected[effect] ?? 0]
    return is === wanted ? [] : [`${is < wanted ? 'lost' : 'doubled'}: ${effect} ${is} times instead of ${wanted}`]
  })
  return [...counted, ...faults(stage)]
}

function countOf(stage: Stage, effect: string): number {
  return stage.effects().filter((entry) => entry.effect === effect).length
}
