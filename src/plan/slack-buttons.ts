import { firingAlerts } from '../model/case.ts'
import { formatDuration } from '../model/duration.ts'
import { toInertText } from '../model/outside-text.ts'
import type { Action, Plan, SlackBlock } from '../model/plan.ts'
import { BUTTONS, type Button, buttonId, toButtonValue } from '../model/slack-button.ts'
import type { Decision } from './decision.ts'
import { digest } from './outcome.ts'
import { outcomeHash } from './plan-hash.ts'
import { alertObjections } from './rails.ts'
import type { Situation } from './situation.ts'

const LABELS: Readonly<Record<Button, string>> = {
  approve: 'Approve',
  'not-now': 'Not now',
  wake: 'Wake now',
  snooze: 'Snooze 2 h',
  'hand-over': 'Hand over',
  'open-issue': 'Open issue',
  'wrong-verdict': 'Wrong verdict',
}
/** Styles that Slack has; the others are plain. */
const STYLES: Partial<Record<Button, 'primary' | 'danger'>> = { approve: 'primary', wake: 'danger' }

/** The decision with what people can press on its message now, bound to the plan that the message shows. */
export function withButtons(decision: Decision, situation: Situation): Decision {
  const { plan } = decision
  if (!situation.isInteractive || !plan.actions.some(({ action }) => action === 'slack')) return decision
  const hash = plan.offer?.hash ?? outcomeHash(plan, situation.subject)
  const buttons = buttonsFor(decision, situation)
  const owner = bareAcknowledger(situation)
  const blocks = [
    ...offerBlocks(plan),
    ...takeOverBlocks(buttons, owner),
    ...(buttons.length === 0 ? [] : [buttonRow(buttons, { caseId: situation.subject.id, planHash: hash })]),
  ]
  const actions = plan.actions.map((action): Action => {
    if (action.action !== 'slack') return action
    const contentKey = digest([action.contentKey, hash, owner ?? '', ...buttons])
    return {
      ...action,
      contentKey,
      blocks: [...action.blocks, ...blocks],
      ...(plan.offer ? { urgency: 'ask' as const } : {}),
    }
  })
  return { ...decision, plan: { ...plan, actions, hash } }
}

/** The buttons that mean something for a case that stands like this, in their order. */
export function buttonsFor(decision: Decision, situation: Situation): Button[] {
  const { subject, heldSinceMs, mode, paused, issues, incident } = situation
  const { plan, state, snooze } = decision
  const isQuiet = snooze?.isReal === true || heldSinceMs !== null
  const canAct = mode !== 'shadow' && !paused
  const isOver = incident?.status === 'resolved' || state === 'resolved'
  const isIssueMissing = issues.repository !== null && issues.clusters.some(({ state: is }) => is === 'none')
  const isJudged = firingAlerts(subject).some(({ judgement }) => judgement?.kind === 'verdict')
  const isOffered = plan.offer !== undefined
  const wanted: Record<Button, boolean> = {
    approve: isOffered,
    'not-now': isOffered,
    wake: isQuiet,
    snooze: canAct && !isQuiet && !isOver && !isOffered && mayAskToSnooze(situation),
    'hand-over': subject.takenOver === null && !isOver && state !== 'handed-over',
    'open-issue': canAct && isIssueMissing && !isOver,
    'wrong-verdict': isJudged,
  }
  return BUTTONS.filter((button) => wanted[button])
}

/** Who acknowledged the incident and did nothing else to it, so that a snooze can be offered as theirs; else null. */
export function bareAcknowledger({ incident }: Pick<Situation, 'incident'>): string | null {
  const acts = incident?.status === 'acknowledged' ? (incident.humanActs ?? []) : []
  const [first] = acts
  const isBare = acts.every(({ who, what }) => what === 'acknowledge' && who === first?.who)
  return first && isBare ? first.who : null
}

/** Rails that stand whoever asks make the button pointless; a person's act does, unless it can be the one who asks. */
function mayAskToSnooze(situation: Situation): boolean {
  const { incident, subject } = situation
  if (!incident || incident.sharedWhy !== null || incident.isWeaklyMatched || incident.humanActs === null) return false
  if (incident.humanActs.length > 0 && bareAcknowledger(situation) === null) return false
  const firing = [...firingAlerts(subject), ...situation.kin]
  return firing.length > 0 && alertObjections({ firing, truncatedAlerts: subject.truncatedAlerts }).length === 0
}

function offerBlocks({ offer, actions }: Plan): SlackBlock[] {
  if (!offer) return []
  const would = actions.flatMap((action) => {
    switch (action.action) {
      case 'snooze':
        return [
          `acknowledge and snooze incident ${action.incidentId} for ${formatDuration(action.seconds * 1_000)}, with a note`,
        ]
      case 'issue':
        return [`${action.number === null ? 'open' : 'comment on'} the GitHub issue of cluster ${action.clusterId}`]
      default:
        return []
    }
  })
  const until = new Date(offer.untilMs).toISOString()
  return [section(`Waits for approval until ${until}. Would: ${would.join('; ')}.`)]
}

function takeOverBlocks(buttons: readonly Button[], owner: string | null): SlackBlock[] {
  if (owner === null || !buttons.includes('snooze')) return []
  return [section(`Acknowledged by ${toInertText(owner, 100)}. "${LABELS.snooze}" snoozes it as theirs.`)]
}

function section(text: string): SlackBlock {
  return { type: 'section', text: { type: 'plain_text', text, emoji: false } }
}

function buttonRow(buttons: readonly Button[], meaning: { caseId: string; planHash: string }): SlackBlock {
  return {
    type: 'actions',
    block_id: 'kp_buttons',
    elements: buttons.map((button) => ({
      type: 'button',
      action_id: buttonId(button),
      text: { type: 'plain_text', text: LABELS[button], emoji: false },
      value: toButtonValue(meaning),
      ...(STYLES[button] ? { style: STYLES[button] } : {}),
    })),
  }
}
