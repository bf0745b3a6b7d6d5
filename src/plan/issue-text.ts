import { type CaseAlert, newestIncident } from '../model/case.ts'
import type { Evidence } from '../model/evidence.ts'
import { type Finding, outcomeOf, SOURCE_NAMES } from '../model/finding.ts'
import { identifyCluster } from '../model/identity.ts'
import { hiddenMark } from '../model/issue.ts'
import { cut, toInertText } from '../model/outside-text.ts'
import { casePage, type Situation } from './situation.ts'

/** Longest body that is written, in characters; GitHub takes 65,536. */
export const BODY_LIMIT = 60_000
const QUOTE_LIMIT = 4_000
const QUOTE_LINE_LIMIT = 1_000
const WORD_LIMIT = 300
const LINE_LIMIT = 500

const REGISTRATIONS_LATER = 'It is asked again while the alert fires, and what it says is added here as a comment.'

type Context = Pick<Situation, 'subject' | 'incident' | 'policy' | 'publicUrl' | 'nowMs'>

/** The title of a deleted cluster's issue. */
export function issueTitle(clusterId: string): string {
  return `Orphaned KMS key registration: cluster ${clusterId}`
}

/**
 * The body of a deleted cluster's issue, in markdown: which cluster, the evidence with its links, the incident, the
 * runbook's step, and the hidden mark. What others wrote stands in code only, where GitHub mentions, links and renders
 * nothing. Source: PRODUCT.md section 5, GitHub issue.
 */
export function issueBody(alert: CaseAlert, clusterId: string, context: Context): string {
  const verdict = alert.judgement?.verdict
  const head = [
    `The cluster was deleted and its record is gone from etcd, but a KMS key is still registered to it. Every action on that key makes \`armada-kp-events\` fail for a cluster that does not exist. The orphaned key registration has to be removed.`,
    facts(alert, context).join('\n'),
    ...(verdict ? [`**Verdict** \`${verdict.reason}\`: ${codeSpan(verdict.message, WORD_LIMIT)}`] : []),
  ]
  const tail = [
    '## Runbook',
    `Actions to take, step 6: "Error finding ETCD info for the cluster", etcd works and the cluster was deleted. Open an issue and snooze the alert for 12 hours. ${link('Runbook', context.policy.links.runbook)}`,
    'While this issue is open and the cluster fires again, the responder comments here instead of opening another one.',
    hiddenMark('issue', clusterId),
  ]
  const [registrations, others] = findingsOf(alert)
  return assemble(
    [...head, ...registrations, '## Evidence'],
    [...others, ...(verdict?.evidence ?? []).map(evidenceBlock)],
    tail,
  )
}

/** What a later case of the cluster says on the issue that is open already. */
export function issueComment(alert: CaseAlert, clusterId: string, context: Context): string {
  const { subject } = context
  return [
    'The alert of this cluster fires again; the verdict is the same.',
    facts(alert, context).join('\n'),
    ...findingsOf(alert)[0],
    hiddenMark('issue-comment', clusterId, subject.id),
  ].join('\n\n')
}

/**
 * What is added to the issue, or to the comment of this case, once Key Protect tells which registrations there are; null
 * while it does not.
 */
export function registrationsComment(
  alert: CaseAlert,
  clusterId: string,
  { subject }: Pick<Context, 'subject'>,
): string | null {
  const outcome = outcomeOf(alert, 'key-protect')
  if (outcome !== 'found' && outcome !== 'absent') return null
  return [
    'Key Protect answers now. What could not be said before:',
    ...findingsOf(alert)[0],
    hiddenMark('issue-registrations', clusterId, subject.id),
  ].join('\n\n')
}

/** What is said on the issue when the case that told of it is over. `mark` tells one end of it from another. */
export function resolvedComment(
  subject: Context['subject'],
  { publicUrl, nowMs }: Pick<Context, 'publicUrl' | 'nowMs'>,
  mark: string,
): string {
  const page = casePage({ publicUrl, subject })
  const at = new Date(subject.resolvedAtMs ?? nowMs).toISOString()
  return [
    `The alert of this cluster resolved at ${at}. That alone does not say that the key registration was removed.`,
    ...(page ? [link('Case and evidence', page)] : []),
    mark,
  ].join('\n\n')
}

function facts(alert: CaseAlert, context: Context): string[] {
  const identity = identifyCluster(alert)
  const incident = context.incident ?? newestIncident(context.subject)
  const page = casePage(context)
  const carrier = alert.labels.carrier_name
  return [
    ...(identity.kind === 'identified'
      ? [
          `- Cluster: \`${identity.clusterId}\``,
          `- CRN: ${codeSpan(identity.crn, WORD_LIMIT)}`,
          `- Account: \`${identity.accountId}\``,
          `- Region: ${codeSpan(identity.region, 60)}`,
        ]
      : []),
    `- Carrier: ${carrier ? codeSpan(carrier, 100) : 'not stated'}`,
    `- Alert since: ${new Date(alert.startsAtMs).toISOString()}`,
    ...(incident
      ? [
          `- PagerDuty incident: ${incident.url ? link(`number ${incident.number ?? 'unknown'}`, incident.url) : codeSpan(incident.id, 40)}`,
        ]
      : []),
    ...(page ? [`- Case: ${link('case and evidence', page)}`] : []),
  ]
}

function evidenceBlock({ source, outcome, summary, observedAt, link: address, quote }: Evidence): string {
  const told = `**${source}**, ${outcome} (${observedAt}): ${codeSpan(summary, WORD_LIMIT)}${address ? ` ${link('message', address)}` : ''}`
  return quote ? `${told}\n\n${fenced(quote)}` : told
}

/** What Key Protect says of the registrations, which is what the issue is about, or why it does not; and what the others say. */
function findingsOf(alert: CaseAlert): [registrations: string[], others: string[]] {
  const told = (alert.findings?.entries ?? []).filter(({ outcome }) => outcome !== 'weak')
  const own = told.filter(({ source }) => source === 'key-protect')
  const others = told.filter(({ source, outcome }) => source !== 'key-protect' && outcome !== 'unavailable')
  const isAwaited = outcomeOf(alert, 'key-protect') === 'unavailable'
  const registrations = [...own.map(findingBlock), ...(isAwaited ? [REGISTRATIONS_LATER] : [])]
  return [registrations.length === 0 ? [] : ['## Registration', ...registrations], others.map(findingBlock)]
}

/** What a further source says: its sentences in code, its own words and what to run in fences. */
function findingBlock({ source, outcome, summary, observedAt, link: address, lines, quotes, steps }: Finding): string {
  const told = `**${SOURCE_NAMES[source]}**, ${outcome} (${observedAt}): ${codeSpan(summary, WORD_LIMIT)}${address ? ` ${link('look there', address)}` : ''}`
  return [
    told,
    ...(lines.length > 0 ? [lines.map((line) => `- ${codeSpan(line, LINE_LIMIT)}`).join('\n')] : []),
    ...quotes.map(fenced),
    ...steps.flatMap(({ text, commands }) => [codeSpan(text, LINE_LIMIT), ...commands.map(fencedCommand)]),
  ].join('\n\n')
}

/** A command as it is, to be copied: it holds values of a checked shape alone, so that nothing in it ends the fence. */
function fencedCommand(command: string): string {
  return /[`\n\r]/.test(command) ? fenced(command) : `\`\`\`sh\n${command}\n\`\`\``
}

/** The sections with as many of the evidence blocks as fit, whole ones only: half a fence would let its text loose. */
function assemble(head: readonly string[], blocks: readonly string[], tail: readonly string[]): string {
  const rest = 'More evidence is on the case page.'
  let room = BODY_LIMIT - lengthOf([...head, rest, ...tail])
  const kept: string[] = []
  for (const block of blocks) {
    const size = lengthOf([block])
    if (size > room) continue
    room -= size
    kept.push(block)
  }
  return [...head, ...kept, ...(kept.length < blocks.length ? [rest] : []), ...tail].join('\n\n')
}

function lengthOf(parts: readonly string[]): number {
  return parts.reduce((sum, part) => sum + [...part].length + 2, 0)
}

/** Outside words on one line, in a code span that no run of backticks inside can end. */
function codeSpan(text: string, limit: number): string {
  const inert = toInertText(text, limit)
  const ticks = '`'.repeat(longestRun(inert) + 1)
  return inert === '' ? 'not stated' : `${ticks} ${inert} ${ticks}`
}

/** Outside lines in a fence longer than any run of backticks inside. */
function fenced(text: string): string {
  const lines = text.split(/\r\n|\r|\n|\u2028|\u2029/).map((line) => toInertText(line, QUOTE_LINE_LIMIT))
  const quote = cut(lines.join('\n'), QUOTE_LIMIT)
  const fence = '`'.repeat(Math.max(3, longestRun(quote) + 1))
  return `${fence}text\n${quote}\n${fence}`
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}

/** A link under our own words, or the words alone where the address is none of the web. */
function link(words: string, address: string): string {
  if (!URL.canParse(address)) return words
  const { protocol, href } = new URL(address)
  return protocol === 'https:' || protocol === 'http:' ? `[${words}](<${href}>)` : words
}
