import { hash } from 'node:crypto'
import type { GroupUpdate, ReceivedAlert } from '../../model/alert.ts'
import { dedupKeyOf, groupKeyOfDedupKey } from '../../model/identity.ts'
import { maskSecrets } from '../../model/outside-text.ts'
import { MalformedBodyError } from '../strict-json.ts'
import { boundLabels } from './bounded-labels.ts'
import { isGoZero, parseGoTime } from './go-time.ts'
import type { AlertmanagerWebhook, WebhookAlert } from './schema.ts'

/** Alerts of one group that are kept; a larger group is for a person. */
export const ALERT_LIMIT = 2_000

/** A message as the store takes it in. */
export interface Intake {
  /** Null when no alert of the message is ours. */
  update: GroupUpdate | null
  /** The same for copies of one message, whoever sends them. */
  contentKey: string
  /** Alerts that need no case of their own: another alertname, or beyond the limit. */
  ignoredCount: number
}

/**
 * The message reduced to the alerts that policy names. What had to be left out, of the group or of an alert's labels,
 * counts as truncated, so that the case is for a person.
 * @throws MalformedBodyError for a time that is none.
 */
export function toIntake(body: AlertmanagerWebhook, alertnames: readonly string[]): Intake {
  const ours = body.alerts.filter(
    ({ labels }) => Object.hasOwn(labels, 'alertname') && alertnames.includes(labels.alertname ?? ''),
  )
  const kept = ours.slice(0, ALERT_LIMIT).map(toReceivedAlert)
  const incomplete = kept.filter(({ isComplete }) => !isComplete).length + contradictions(kept)
  // A case keeps one alert of a fingerprint, the last one told: of two that contradict each other the firing one counts.
  const isFiring = ({ alert }: (typeof kept)[number]) => alert.status === 'firing'
  const firingLast = [...kept.filter((each) => !isFiring(each)), ...kept.filter(isFiring)]
  const update: GroupUpdate = {
    groupKey: toStoredKey(body.groupKey),
    receiver: maskSecrets(body.receiver),
    groupLabels: boundLabels(body.groupLabels).labels,
    commonLabels: boundLabels(body.commonLabels).labels,
    externalUrl: maskSecrets(body.externalURL),
    truncatedAlerts: body.truncatedAlerts + (ours.length - kept.length) + incomplete,
    alerts: firingLast.map(({ alert }) => alert),
  }
  return {
    update: kept.length === 0 ? null : update,
    contentKey: contentKeyOf(update),
    ignoredCount: body.alerts.length - kept.length,
  }
}

/** Alerts that share their fingerprint with another one of other labels: the case keeps one, so the other is lost to it. */
function contradictions(kept: readonly { alert: ReceivedAlert }[]): number {
  if (kept.length < 2) return 0
  const labels = new Map<string, string>()
  let count = 0
  for (const { alert } of kept) {
    const own = JSON.stringify(Object.entries(alert.labels).sort())
    const known = labels.get(alert.fingerprint)
    if (known !== undefined && known !== own) count += 1
    labels.set(alert.fingerprint, own)
  }
  return count
}

/** The group's key, or its digest where the key quotes a secret of a label: it is stored, and PagerDuty knows it so. */
function toStoredKey(groupKey: string): string {
  return maskSecrets(groupKey) === groupKey ? groupKey : groupKeyOfDedupKey(dedupKeyOf(groupKey))
}

function toReceivedAlert(alert: WebhookAlert): { alert: ReceivedAlert; isComplete: boolean } {
  const startsAtMs = parseGoTime(alert.startsAt)
  const endsAtMs = isGoZero(alert.endsAt) ? null : parseGoTime(alert.endsAt)
  if (startsAtMs === null || (endsAtMs === null && !isGoZero(alert.endsAt))) throw new MalformedBodyError('bad time')
  const labels = boundLabels(alert.labels)
  const annotations = boundLabels(alert.annotations)
  return {
    alert: {
      fingerprint: alert.fingerprint,
      status: alert.status,
      labels: labels.labels,
      annotations: annotations.labels,
      startsAtMs,
      endsAtMs: alert.status === 'firing' ? null : endsAtMs,
      generatorUrl: maskSecrets(alert.generatorURL),
    },
    isComplete: labels.isComplete && annotations.isComplete,
  }
}

/** Alertmanager gives no delivery id: a message is what it says about which alerts. Source: FACTS, delivery behaviour. */
function contentKeyOf({ groupKey, alerts, truncatedAlerts }: GroupUpdate): string {
  const said = alerts.map(({ fingerprint, status, startsAtMs }) => `${fingerprint} ${status} ${startsAtMs}`).sort()
  return hash('sha256', JSON.stringify([groupKey, said, truncatedAlerts]))
}
