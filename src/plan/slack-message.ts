import { firingAlerts, newestIncident } from '../model/case.ts'
import { identifyCluster } from '../model/identity.ts'
import { cut, toInertText } from '../model/outside-text.ts'
import type { Refusal, SlackBlock } from '../model/plan.ts'
import { slackLines } from './finding-lines.ts'
import { describeRefusal } from './issue-lines.ts'
import { casePage, type Situation } from './situation.ts'

const QUOTE_LIMIT = 500
const ALERT_LIMIT = 8
const ISSUE_LIMIT = 3
/** A longer address is no link: a text of Slack's blocks holds at most 3,000 characters. */
const LINK_LIMIT = 1_000

/** The message of a case in the notify channel: the outcome, why, and where to look. Text from outside is never markup. */
export function slackMessage(
  situation: Pick<Situation, 'subject' | 'policy' | 'publicUrl'>,
  outcome: { headline: string; refusals: readonly Refusal[] },
): { text: string; blocks: SlackBlock[] } {
  // It may quote a label or a person's name.
  const headline = toInertText(outcome.headline, 250)
  const firing = firingAlerts(situation.subject).slice(0, ALERT_LIMIT)
  return {
    text: escapeMarkup(headline),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(headline, 148), emoji: false } },
      ...firing.flatMap((alert): SlackBlock[] => {
        const identity = identifyCluster(alert)
        const name =
          identity.kind === 'identified'
            ? `Cluster ${identity.clusterId}, ${identity.region}`
            : `Alert ${toInertText(alert.fingerprint, 128)}`
        const verdict = alert.judgement?.verdict
        const why = verdict ? `${verdict.reason}: ${verdict.message}` : 'still being looked at'
        const quoted = verdict?.evidence.find((item) => item.outcome === 'found' && item.source !== 'alert')?.quote
        // Words that nobody can see leave nothing, and Slack refuses a message with an empty text in it.
        const quote = toInertText(quoted ?? '', QUOTE_LIMIT)
        return [
          {
            type: 'section',
            text: { type: 'plain_text', text: cut(`${name}\n${toInertText(why, 600)}`, 2_900), emoji: false },
          },
          ...(quote === '' ? [] : [preformatted(quote)]),
          ...slackLines(alert).map(context),
        ]
      }),
      ...outcome.refusals.slice(0, 5).map((refusal): SlackBlock => context(describeRefusal(refusal))),
      links(situation),
    ],
  }
}

/** Slack's own three escapes; everything else is literal in a mrkdwn text that holds no outside word. */
function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function preformatted(text: string): SlackBlock {
  return { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }] }
}

function context(text: string): SlackBlock {
  return { type: 'context', elements: [{ type: 'plain_text', text, emoji: false }] }
}

/** The GitHub issues, or our comments on them, that the case has by now. */
export function issueLinks({ receipts }: Pick<Situation['subject'], 'receipts'>): string[] {
  const found = receipts.flatMap(({ action, link }) => (action === 'issue' && link !== null ? [encodeURI(link)] : []))
  const usable = found.filter((address) => /^https?:\/\//.test(address) && address.length <= LINK_LIMIT)
  return [...new Set(usable)].slice(0, ISSUE_LIMIT)
}

function links(situation: Pick<Situation, 'subject' | 'policy' | 'publicUrl'>): SlackBlock {
  const incident = newestIncident(situation.subject)
  const page = casePage(situation)
  const incidentUrl = encodeURI(incident?.url ?? '')
  const parts = [
    ...(/^https?:\/\//.test(incidentUrl) && incidentUrl.length <= LINK_LIMIT
      ? [`<${incidentUrl}|PagerDuty incident>`]
      : []),
    ...issueLinks(situation.subject).map((address) => `<${address}|GitHub issue>`),
    ...(page ? [`<${page}|Case and evidence>`] : []),
    `<${situation.policy.links.runbook}|Runbook>`,
  ]
  return { type: 'context', elements: [{ type: 'mrkdwn', text: parts.join('  ·  ') }] }
}
