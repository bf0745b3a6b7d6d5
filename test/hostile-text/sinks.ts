import { mergeUpdate } from '../../src/cases/merge-update.ts'
import { classify } from '../../src/classifiers/classify.ts'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import { toHumanActs, toIncident } from '../../src/evidence/incident-lookup.ts'
import { toIndexedMessage } from '../../src/evidence/slack/message-text.ts'
import { toIntake } from '../../src/handlers/alertmanager/to-group-update.ts'
import { type Case, withTimeline } from '../../src/model/case.ts'
import type { MessageFact } from '../../src/model/evidence.ts'
import { FINDING_SOURCES, toStorable } from '../../src/model/finding.ts'
import { hiddenMark } from '../../src/model/issue.ts'
import type { NoteAction, SlackAction } from '../../src/model/plan.ts'
import type { IndexedMessage } from '../../src/model/slack-message.ts'
import { issueBody, issueComment, resolvedComment } from '../../src/plan/issue-text.ts'
import { planCase } from '../../src/plan/plan-case.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { aFinding } from '../evidence/findings/a-question.ts'
import {
  aChannel,
  aMessage,
  anEtcdAnswer,
  aSituation,
  aSnooze,
  CLUSTER_ID,
  CRN,
  GROUP_KEY,
  MINUTE_MS,
  NOW_MS,
  someFacts,
} from '../support/builders.ts'

/** Everything that is written when the same text stands in each place that people outside write. */
export interface Written {
  /** As it goes into the store. */
  subject: Case
  messages: IndexedMessage[]
  notes: NoteAction[]
  slack: SlackAction[]
  issue: { body: string; marker: string }[]
}

/** The real path of a text: taken in, judged, planned. */
export function writeWith(text: string, number = 1): Written {
  const messages = [
    message(`cluster ${CLUSTER_ID}: ${text}`, text),
    message(`Error finding ETCD info for cluster ${CLUSTER_ID}`, text),
    message(`cluster ${CLUSTER_ID} deleted ${text}`, text),
  ]
  const [unknown, missing, deletion] = messages.map(toFact)
  const subject = { ...aStoredCase(text, number) }
  const judged = withVerdict(subject, [unknown], [deletion])
  const orphaned = withVerdict(subject, [unknown, missing], [deletion])
  const incident = anIncidentOf(text)
  const situated = aSituation({ subject: { ...judged, incidents: [incident] }, incident })
  const bare = aSituation({
    subject: withoutCluster(judged),
    incident: { ...incident, escalateAtMs: null, assignees: [] },
  })
  // The headline tells who took a snoozed incident over, or which label changed.
  const standing = { ...judged, incidents: [incident], state: 'snoozed' as const, snooze: aSnooze() }
  const [first, second] = [planCase(situated), planCase(bare)]
  const third = planCase({ ...situated, subject: standing })
  const [alert] = orphaned.alerts
  const actions = [first, second, third].flatMap(({ plan }) => plan.actions)
  const notes = actions.filter((action) => action.action === 'note')
  if (!alert) throw new Error('the case has no alert')
  const context = { ...situated, subject: orphaned }
  const resolvedMark = hiddenMark('issue-resolved', CLUSTER_ID)
  return {
    subject: { ...judged, incidents: [incident], plan: first.plan, state: first.state },
    messages,
    notes,
    slack: actions.filter((action) => action.action === 'slack'),
    issue: [
      { body: issueBody(alert, CLUSTER_ID, context), marker: hiddenMark('issue', CLUSTER_ID) },
      {
        body: issueComment(alert, CLUSTER_ID, context),
        marker: hiddenMark('issue-comment', CLUSTER_ID, orphaned.id),
      },
      { body: resolvedComment(orphaned, context, resolvedMark), marker: resolvedMark },
    ],
  }
}

/** The note of an alert that names no cluster: its fingerprint is all that it is called by. */
export function noteWithFingerprint(fingerprint: string): NoteAction {
  const subject = withoutCluster(aStoredCase('', 1))
  const alerts = subject.alerts.map((alert) => ({ ...alert, fingerprint }))
  const note = planCase(aSituation({ subject: withVerdict({ ...subject, alerts }, [], []) })).plan.actions.find(
    (action) => action.action === 'note',
  )
  if (!note) throw new Error('no note was planned')
  return note
}

/** What the log says when a text stands in each place where the program logs one. Three lines. */
export function logWith(text: string): string {
  const lines: string[] = []
  const logger = createLogger('info', { write: (line) => void lines.push(line) })
  logger.error({ groupKey: text, why: text }, 'a case failed')
  logger.error({ err: new Error(text, { cause: new Error(text) }) }, 'a case failed')
  logger.child({ caseId: 'case-1' }).warn({ error: new TypeError(text) }, 'a case failed')
  return lines.join('')
}

/** The case of one alert as Alertmanager's webhook opens it. */
function aStoredCase(text: string, number: number): Case {
  const labels = {
    alertname: 'ArmadaKPEventsProcessingErrors',
    CRN,
    severity: text,
    password: text,
    tip_customer_impacting: text,
  }
  const intake = toIntake(
    {
      version: '4',
      groupKey: `${GROUP_KEY.slice(0, -1)}, n="${number}"}`,
      truncatedAlerts: 0,
      receiver: text,
      groupLabels: { carrier_name: text },
      commonLabels: { ...labels, carrier_name: text },
      externalURL: `http://alertmanager.example/${text}`,
      alerts: [
        {
          status: 'firing',
          labels: { ...labels, carrier_name: text },
          annotations: { description: text, summary: text },
          startsAt: new Date(NOW_MS - 10 * MINUTE_MS).toISOString(),
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: text,
          fingerprint: '0123456789abcdef',
        },
      ],
    },
    DEFAULT_POLICY.alertnames,
  )
  const opened =
    intake.update && mergeUpdate(null, intake.update, { receivedAtMs: NOW_MS - 9 * MINUTE_MS, mergeWindowMs: 0 })
  if (!opened) throw new Error('no case was opened')
  const said = opened.alerts[0]?.annotations.summary ?? ''
  const entry = { at: new Date(NOW_MS).toISOString(), actor: 'operator:ann', link: null }
  return withTimeline(opened, { ...entry, what: `recheck: ${said}` })
}

function withVerdict(
  subject: Case,
  texts: readonly (MessageFact | undefined)[],
  deletions: readonly (MessageFact | undefined)[],
): Case {
  const given = (facts: readonly (MessageFact | undefined)[]) => facts.filter((fact) => fact !== undefined)
  const facts = someFacts({
    waitUntilMs: NOW_MS,
    errorTexts: aChannel(given(texts)),
    masterOperations: aChannel(given(deletions).map((fact) => ({ ...fact, isListed: false }))),
    deletions: aChannel(given(deletions)),
    etcd: anEtcdAnswer({ why: given(texts)[0]?.text ?? '' }),
  })
  const judgement = classify(facts, DEFAULT_POLICY)
  const text = given(texts)[0]?.text ?? ''
  const entries = FINDING_SOURCES.map((source) =>
    toStorable(aFinding({ source, summary: text, lines: [text], quotes: [text] })),
  )
  const findings = { outcomeKey: '', reason: judgement.verdict.reason, askedAtMs: NOW_MS, entries }
  return { ...subject, alerts: subject.alerts.map((alert) => ({ ...alert, judgement, findings })) }
}

function withoutCluster(subject: Case): Case {
  return { ...subject, alerts: subject.alerts.map((alert) => ({ ...alert, labels: { ...alert.labels, CRN: 'none' } })) }
}

function anIncidentOf(text: string) {
  const raw = {
    id: 'Q1INCIDENT',
    incident_number: 12,
    html_url: 'https://acme.pagerduty.com/incidents/Q1INCIDENT',
    title: text,
    status: 'triggered' as const,
    service: { id: 'PSERVICE', summary: text },
    escalation_policy: {
      id: 'PPOLICY',
      summary: text,
      html_url: 'https://acme.pagerduty.com/escalation_policies/PPOLICY',
    },
    priority: { id: 'PPRIO', summary: `P1 ${text}` },
    assignments: [{ assignee: { id: 'PADA', summary: text } }],
  }
  const entry = {
    type: 'acknowledge_log_entry',
    created_at: NOW_MS,
    agent: { id: 'PADA', type: 'user_reference', summary: text },
  }
  return {
    ...toIncident(raw, { dedupKey: '', nowMs: NOW_MS }),
    humanActs: toHumanActs([entry], { email: 'responder@example.com', id: null }),
  }
}

function message(text: string, author: string): IndexedMessage {
  const ts = `${Math.floor((NOW_MS - 8 * MINUTE_MS) / 1_000)}.000100`
  const attachments = [{ title: text, text, fields: [{ title: 'error', value: text }] }]
  const blocks = [
    { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }] },
  ]
  const indexed = toIndexedMessage('C018KJ6NW4A', {
    ts,
    text,
    blocks,
    attachments,
    username: author,
    bot_id: 'B0KPEVENTS',
  })
  if (!indexed) throw new Error('the message was not understood')
  return indexed
}

function toFact({ segments, author }: IndexedMessage): MessageFact {
  return aMessage(segments.join('\n').slice(0, 16_384), { author: author.name ?? '' })
}
