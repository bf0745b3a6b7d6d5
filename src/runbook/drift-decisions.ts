import type { Policy } from '../config/policy.ts'
import { formatDuration, parseDuration } from '../model/duration.ts'
import type { Pattern } from '../model/pattern.ts'
import { CHANNELS } from './channels.ts'
import { FAILURES_QUERY } from './debugging.ts'
import { type DriftLine, line } from './drift-line.ts'
import { listItems, plain, slackLinks } from './markdown.ts'

interface Compared {
  markdown: string
  sections: ReadonlyMap<string, string>
  policy: Policy
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const ACTIONS = 'Actions to take'
const DEBUGGING = 'General Debugging'

/** What decides in the runbook: texts, channels, times, regions and windows. */
export function driftOfDecisions(compared: Compared): DriftLine[] {
  return [
    ...errorTexts(compared),
    ...channels(compared),
    ...durations(compared),
    ...migrations(compared),
    ...links(compared),
    query(compared),
  ]
}

/** Every quoted error text is recognised by a pattern of its own step, and every such pattern recognises one. */
function errorTexts({ sections, policy: { patterns } }: Compared): DriftLine[] {
  const quoted = [...(sections.get(ACTIONS) ?? '').matchAll(/\berror matches "([^"]+)"/g)].map(([, text = '']) => text)
  const emphasised = [...(sections.get(DEBUGGING) ?? '').matchAll(/_([^_\n]+)_ error message/g)].map(
    ([, text = '']) => text,
  )
  return [
    ...recognised(quoted, { busy: patterns.busy, etcdInfo: patterns.etcdInfo }),
    ...recognised(emphasised, {
      clusterState: patterns.clusterState,
      keyInUse: patterns.keyInUse,
      keyInfo: patterns.keyInfo,
      keyState: patterns.keyState,
    }),
  ]
}

function recognised(texts: readonly string[], patterns: Readonly<Record<string, Pattern>>): DriftLine[] {
  const unclaimed = new Set(texts)
  const lines = Object.entries(patterns).map(([name, pattern]): DriftLine => {
    const text = texts.find((candidate) => pattern.isIn(candidate)) ?? null
    if (text !== null) unclaimed.delete(text)
    return { kind: 'error-text', what: `patterns.${name}`, ours: pattern.source, runbook: text, isSame: text !== null }
  })
  return [...lines, ...[...unclaimed].map((text) => line('error-text', 'recognised by no pattern', null, text))]
}

/** The channels that are read, where the runbook sends people, and no other. */
function channels({ markdown, policy }: Compared): DriftLine[] {
  const linked = slackLinks(markdown)
  const idOf = (name: string) =>
    linked.find(({ words }) => words.replace(/^#/, '') === name.replace(/^#/, ''))?.id ?? null
  const read = { ...policy.channels, notify: undefined }
  const lines = Object.entries(CHANNELS).map(([key, { name, id }]) => {
    const watched = key === 'kpEventsAlerts' || key === 'deployFailure' || key === 'deployAlerts' ? read[key].id : id
    return line('channel', name, watched, idOf(name))
  })
  const known = new Set(lines.flatMap(({ ours, runbook }) => [ours, runbook]))
  const others = linked.filter(({ id }) => !known.has(id))
  return [...lines, ...others.map(({ id, words }) => line('channel', words || 'a channel', null, id))]
}

/** The step of each error text says how long its alert is snoozed; no other step snoozes. */
function durations({ sections, policy }: Compared): DriftLine[] {
  const steps = listItems(sections.get(ACTIONS) ?? '')
  const ofSnooze = steps.flatMap((step) => {
    const [, count, unit] = /\bsnoozed?\b[^.]*?\bfor (\d+) (minute|hour|day)s?\b/i.exec(plain(step)) ?? []
    const ms = count && unit ? parseDuration(`${count}${unit[0]}`) : null
    return ms === null ? [] : [{ step: plain(step), ms }]
  })
  const [busy, orphan] = [policy.patterns.busy, policy.patterns.etcdInfo].map((pattern) =>
    ofSnooze.find(({ step }) => pattern.isIn(step)),
  )
  // The orphan's own bullet does not repeat the error text: it is the step of the issue.
  const issue = orphan ?? ofSnooze.find(({ step }) => /\bcreate an issue\b/i.test(step))
  const others = ofSnooze.filter((one) => one !== busy && one !== issue)
  const says = (found: { ms: number } | undefined) => (found ? formatDuration(found.ms) : null)
  return [
    line('duration', 'snooze.busy', formatDuration(policy.snooze.busy), says(busy)),
    line('duration', 'snooze.orphanedRegistration', formatDuration(policy.snooze.orphanedRegistration), says(issue)),
    ...others.map(({ step, ms }) => line('duration', `a snooze: ${step.slice(0, 60)}`, null, formatDuration(ms))),
  ]
}

/** The migration of the runbook: its region, its months and its workers' account. */
function migrations({ markdown, sections, policy }: Compared): DriftLine[] {
  const step = listItems(sections.get(ACTIONS) ?? '').find((item) => /\bregion\b/.test(item)) ?? ''
  const [, region = null, from, until, year] =
    /\bin the ([a-z]{2}-[a-z0-9]+) region in ([A-Z][a-z]+)(?:\/([A-Z][a-z]+))? (\d{4})/.exec(plain(step)) ?? []
  const window = from && year ? toWindow(from, until ?? from, Number(year)) : null
  const account =
    /\baccount-2 will always be ([0-9a-f]{32}) for ([a-z0-9-]+)/.exec(plain(markdown)) ??
    /\baccount-2 will always be ([0-9a-f]{32})/.exec(plain(markdown))
  const ours = policy.migrations.find((migration) => migration.region === region) ?? policy.migrations[0] ?? null
  return [
    line('region', 'migrations.region', ours?.region ?? null, region),
    line('window', 'migrations.from and until', ours ? `${ours.from} to ${ours.until}` : null, window),
    line('account', 'migrations.workerAccount', ours?.workerAccount ?? null, account?.[1] ?? null),
  ]
}

/** Whole months, both inclusive, or null where a month is none. */
function toWindow(from: string, until: string, year: number): string | null {
  const [first, last] = [MONTHS.indexOf(from), MONTHS.indexOf(until)]
  if (first < 0 || last < 0) return null
  const day = (month: number, date: number) => new Date(Date.UTC(year, month, date)).toISOString().slice(0, 10)
  return `${day(first, 1)} to ${day(last + 1, 0)}`
}

/** Where notes send people by the runbook's own links. */
function links({ markdown, policy }: Compared): DriftLine[] {
  return (['masterOperations', 'webhooks', 'webhookIssue'] as const).map((name) => {
    const url = policy.links[name]
    return line('link', `links.${name}`, url, markdown.includes(url) ? url : null)
  })
}

/** What the alert itself asks of Prometheus. */
function query({ sections }: Compared): DriftLine {
  const asked = /g0\.expr=([^&\s]+)/.exec(sections.get(FAILURES_QUERY.source) ?? '')?.[1] ?? null
  return line('query', 'the query of the alert', FAILURES_QUERY.expression, asked === null ? null : decode(asked))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
