import { once } from 'node:events'
import { playAll } from './play-all.ts'
import { jsonReporter, type Reporter, textReporter, toReady } from './report.ts'
import { SCENARIOS } from './scenarios/scenarios.ts'
import { type Stage, startStage } from './stage.ts'

export interface DemoOptions {
  /** End after the last scenario. */
  once: boolean
  json: boolean
  port?: number | undefined
}

const EXIT_AS_EXPECTED = 0
const EXIT_FAILED = 1
/** 128 and the number of the signal, as shells count. */
const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const

/** Plays the demo until its end or a signal, leaves nothing behind, and returns the exit code. */
export async function runDemo({ once: isOnce, json, port }: DemoOptions): Promise<number> {
  const reporter = json ? jsonReporter(process.stdout) : textReporter(process.stdout)
  const interruption = interruptible()
  let stage: Stage | null = null
  try {
    reporter.awaiting('starting')
    stage = await startStage({
      port,
      say(event) {
        // The first start is told with the addresses.
        if (event.event !== 'started' || event.isAgain) reporter.tell({ type: 'responder', ...event })
        if (event.event === 'gave-up') interruption.giveUp()
      },
    })
    reporter.tell(toReady(stage, SCENARIOS.length))
    const isAsExpected = await playAndTell(stage, reporter, interruption.signal)
    if (!isOnce) await stayUp(stage, { isQuiet: json, signal: interruption.signal })
    return isAsExpected ? EXIT_AS_EXPECTED : EXIT_FAILED
  } catch (error) {
    if (interruption.signal.aborted) return interruption.exitCode()
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return EXIT_FAILED
  } finally {
    reporter.awaiting(null)
    await stage?.stop()
    interruption.end()
  }
}

async function playAndTell(stage: Stage, reporter: Reporter, signal: AbortSignal): Promise<boolean> {
  const startedMs = performance.now()
  const underWay = new Map<string, string>()
  // Of those under way the oldest is shown.
  const showAwaited = () => reporter.awaiting([...underWay.values()][0] ?? null)
  const { outcomes, late } = await playAll(SCENARIOS, {
    stage,
    signal,
    audience: {
      started({ name, title }) {
        underWay.set(name, title)
        showAwaited()
      },
      ended(outcome) {
        underWay.delete(outcome.name)
        reporter.awaiting(null)
        reporter.tell({ type: 'scenario', isExpected: outcome.faults.length === 0, ...outcome })
        showAwaited()
      },
    },
  })
  for (const what of late) reporter.tell({ type: 'late-effect', what })
  const expected = outcomes.filter(({ faults }) => faults.length === 0).length
  const isAsExpected = expected === outcomes.length && late.length === 0
  const tookMs = Math.round(performance.now() - startedMs)
  reporter.tell({ type: 'end', played: outcomes.length, expected, isAsExpected, tookMs })
  return isAsExpected
}

/** Resolves at a signal. */
async function stayUp(stage: Stage, { isQuiet, signal }: { isQuiet: boolean; signal: AbortSignal }): Promise<void> {
  if (!isQuiet) process.stdout.write(`Still up: ${stage.responder.url}/   Ctrl-C ends it and removes its data.\n`)
  if (!signal.aborted) await once(signal, 'abort')
}

/** Turns SIGINT, SIGTERM and an output that nobody reads into one signal. A second one changes nothing: the end is under way, and npm sends it twice. */
function interruptible() {
  const controller = new AbortController()
  let code: number = EXIT_FAILED
  const interrupt = (name: keyof typeof EXIT_BY_SIGNAL) => {
    code = EXIT_BY_SIGNAL[name]
    controller.abort()
  }
  const giveUp = () => controller.abort()
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  // Whoever read the lines is gone (`| head -1`): end in order, or the temporary folder would be left behind.
  process.stdout.on('error', giveUp)
  return {
    signal: controller.signal,
    exitCode: () => code,
    giveUp,
    end() {
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', interrupt)
    },
  }
}
