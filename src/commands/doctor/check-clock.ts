import { serverDateMs } from '../../clients/server-date.ts'
import type { Config } from '../../config/config.ts'
import { type Finding, fail, off, ok } from './finding.ts'

/** Slack refuses signatures, and windows are missed, by clocks that differ by much more. */
const SKEW_LIMIT_MS = 60_000

/** How far this machine's clock is from those of the upstreams. */
export async function* checkClock(
  { pagerduty, slack, github, alertmanagerUrl }: Config,
  { now }: { now: () => number },
): AsyncGenerator<Finding> {
  const asked = [
    ['PagerDuty', pagerduty?.apiUrl],
    ['Slack', slack?.apiUrl],
    ['GitHub', github?.apiUrl],
    ['Alertmanager', alertmanagerUrl],
  ] as const
  const told = await Promise.all(
    asked.map(async ([name, url]) => {
      const theirsMs = url == null ? null : await serverDateMs(url)
      return theirsMs === null ? null : { name, aheadMs: now() - theirsMs }
    }),
  )
  const known = told.filter((one) => one !== null)
  if (known.length === 0) {
    yield off('clock', 'no upstream tells its time: whether ours is right is not known')
    return
  }
  const wrong = known.filter(({ aheadMs }) => Math.abs(aheadMs) > SKEW_LIMIT_MS)
  for (const { name, aheadMs } of wrong) {
    const seconds = Math.round(Math.abs(aheadMs) / 1_000)
    const says = `this machine is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ${name}`
    yield fail('clock', `${says}: windows and snoozes are judged by the wrong time`, 'synchronise its clock (NTP)')
  }
  if (wrong.length === 0) yield ok('clock', `agrees with ${known.map(({ name }) => name).join(', ')} to the minute`)
}
