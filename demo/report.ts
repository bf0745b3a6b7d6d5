import { styleText } from 'node:util'
import type { Observation } from './judge.ts'
import type { Outcome } from './play.ts'
import type { ResponderEvent } from './responder.ts'
import type { Stage } from './stage.ts'

/** What the demo tells as it goes. Each is one JSON line with `--json`. */
export type Report =
  | { type: 'ready'; dashboard: string; sandbox: string; operatorToken: string; pid: number | null; scenarios: number }
  | ({ type: 'responder' } & ResponderEvent)
  | ({ type: 'scenario'; isExpected: boolean } & Outcome)
  | { type: 'late-effect'; what: string }
  | { type: 'end'; played: number; expected: number; isAsExpected: boolean; tookMs: number }

export interface Reporter {
  tell(report: Report): void
  /** Shows what is awaited, on a terminal only. */
  awaiting(title: string | null): void
}

type Output = Pick<NodeJS.WriteStream, 'write'>

/** One JSON line for each report and nothing else. */
export function jsonReporter(out: Output): Reporter {
  return { tell: (report) => void out.write(`${JSON.stringify(report)}\n`), awaiting: () => {} }
}

/** Lines for people, in colour and with progress where `out` is a terminal. */
export function textReporter(out: NodeJS.WriteStream): Reporter {
  const paint: Paint = (format, text) => styleText(format, text, { stream: out })
  const clear = () => void (out.isTTY && out.write('\r\u001b[K'))
  let progress: NodeJS.Timeout | undefined
  return {
    tell(report) {
      clear()
      out.write(`${toLines(report, paint).join('\n')}\n`)
    },
    awaiting(title) {
      clearInterval(progress)
      clear()
      if (title === null || !out.isTTY) return
      const startedMs = Date.now()
      const show = () => {
        const seconds = Math.round((Date.now() - startedMs) / 1_000)
        out.write(`\r\u001b[K${paint('dim', `… ${title} (${seconds} s)`.slice(0, (out.columns ?? 80) - 1))}`)
      }
      show()
      progress = setInterval(show, 1_000)
    },
  }
}

/** The first report: where to look, and how to get in. */
export function toReady({ sandbox, responder, operatorToken }: Stage, scenarios: number): Report {
  const pid = responder.pid()
  return { type: 'ready', dashboard: `${responder.url}/`, sandbox: `${sandbox.url}/`, operatorToken, pid, scenarios }
}

type Paint = (format: Parameters<typeof styleText>[0], text: string) => string

function toLines(report: Report, paint: Paint): string[] {
  switch (report.type) {
    case 'ready':
      return [
        `Dashboard   ${paint('bold', report.dashboard)}   sign in with ${paint('bold', report.operatorToken)}`,
        `Sandbox     ${paint('bold', report.sandbox)}   PagerDuty, Slack and GitHub as they are now`,
        `Responder   process ${report.pid ?? '(none)'}; kill -9 it if you like, it is started again on the same data`,
        '',
      ]
    case 'responder':
      return [toResponderLine(report, paint)]
    case 'scenario':
      return toScenarioLines(report, paint)
    case 'late-effect':
      return [`${paint('red', '✗')} ${report.what}`]
    case 'end': {
      const text = `${report.expected} of ${report.played} outcomes as expected, ${(report.tookMs / 1_000).toFixed(0)} s`
      return ['', paint(report.isAsExpected ? 'green' : 'red', text)]
    }
    default:
      return report satisfies never
  }
}

function toResponderLine(event: ResponderEvent, paint: Paint): string {
  switch (event.event) {
    case 'started':
      return paint(
        'dim',
        `  responder ${event.isAgain ? 'runs again, same port and data' : 'runs'}: process ${event.pid}`,
      )
    case 'died':
      return paint('yellow', `  responder ${event.pid} died (${event.how}); starting it again`)
    case 'gave-up':
      return paint('red', `  the responder can't be started any more:\n${event.how}`)
    default:
      return event satisfies never
  }
}

/** What came in, each verdict, and what was done; then what was not as expected. */
function toScenarioLines({ name, title, faults, seen, tookMs }: Outcome, paint: Paint): string[] {
  const mark = faults.length === 0 ? paint('green', '✓') : paint('red', '✗')
  const came = seen.map((observation) => toResult(observation, paint)).join('; then ')
  return [
    `${mark} ${paint('bold', name)}: ${title} → ${came} ${paint('dim', `${(tookMs / 1_000).toFixed(1)} s`)}`,
    ...faults.map((fault) => paint('red', `    ${fault}`)),
  ]
}

function toResult({ reasons, refusals, state, effects }: Observation, paint: Paint): string {
  const verdict = paint('cyan', reasons.join(' + ') || 'no verdict')
  const refused = refusals.length > 0 ? `, not snoozed: ${refusals.join(', ')}` : ''
  return `${verdict}${refused} → ${state ?? 'no case'} (${effects.join(', ') || 'nothing done'})`
}
