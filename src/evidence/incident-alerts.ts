import { z } from 'zod'
import { boundLabels } from '../handlers/alertmanager/bounded-labels.ts'
import { parseGoTime } from '../handlers/alertmanager/go-time.ts'
import { ALERT_LIMIT } from '../handlers/alertmanager/to-group-update.ts'
import type { ReceivedAlert } from '../model/alert.ts'
import { maskSecrets } from '../model/outside-text.ts'
import { alertsInText } from '../model/pagerduty-text.ts'
import { fingerprintOf } from './alert-fingerprint.ts'

/** What an incident's details tell of its alert group. */
export interface IncidentAlerts {
  /** The firing ones whose alertname is ours. */
  alerts: ReceivedAlert[]
  /** How many firing ones the details leave out, as far as they say; at least 1 where they do not say. */
  missing: number
}

const labels = z.record(z.string(), z.string())
const AlertObject = z.object({
  status: z.string().default('firing'),
  labels,
  annotations: labels.default({}),
  startsAt: z.string().default(''),
  generatorURL: z.string().default(''),
})
/** A label line after YAML read it: a text, or a text that was cut at a colon. */
const YamlItem = z.union([z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))])
/** The text of one alert after YAML read it. Of several alerts only the last one is left. */
const YamlAlert = z.object({
  Labels: z.array(YamlItem),
  Annotations: z.array(YamlItem).nullish(),
  Source: z.string().nullish(),
})
const Details = z.object({
  firing: z.unknown(),
  num_firing: z.union([z.number(), z.string()]).nullish(),
})
/** Longest text that is searched for alerts, in characters: an incident's details are at most 512,000 bytes. */
const TEXT_LIMIT = 600_000

/**
 * The alerts in `body.details` of an alert of PagerDuty, in any of the forms that Alertmanager has sent: its text, an array
 * of alerts (from 0.30), that text read as YAML, any of them as JSON in a string, or nothing. PagerDuty keeps the details of
 * the first trigger, so they never prove which alerts fire now.
 * Source: Alertmanager config/notifiers.go and notify/pagerduty, versions 0.27 to 0.33.
 */
export function readIncidentAlerts(
  details: unknown,
  { alertnames, createdAtMs }: { alertnames: readonly string[]; createdAtMs: number },
): IncidentAlerts {
  const value = parseIfJson(details)
  const parsed = Details.safeParse(value)
  const isWhole = parsed.success && parsed.data.firing !== undefined
  const read = readFiring(isWhole ? parsed.data.firing : value, createdAtMs).slice(0, ALERT_LIMIT)
  const stated = isWhole ? toCount(parsed.data.num_firing) : null
  const ours = read.filter(({ alert }) => alertnames.includes(alert.labels.alertname ?? ''))
  const incomplete = ours.filter(({ isComplete }) => !isComplete).length
  const left = stated === null ? 1 : Math.max(0, stated - read.length)
  return { alerts: ours.map(({ alert }) => alert), missing: left + incomplete }
}

type Read = { alert: ReceivedAlert; isComplete: boolean }

function readFiring(firing: unknown, createdAtMs: number): Read[] {
  const value = parseIfJson(firing)
  if (typeof value === 'string') {
    return alertsInText(value.slice(0, TEXT_LIMIT), createdAtMs).map((alert) => toRead(alert))
  }
  if (Array.isArray(value)) return value.flatMap((item) => readAlertObject(item, createdAtMs))
  const yaml = YamlAlert.safeParse(value)
  if (!yaml.success) return []
  const { Labels, Annotations, Source } = yaml.data
  return [
    toRead({
      ...bareAlert(createdAtMs),
      labels: toPairs(Labels),
      annotations: toPairs(Annotations ?? []),
      generatorUrl: Source ?? '',
    }),
  ]
}

function readAlertObject(item: unknown, createdAtMs: number): Read[] {
  const parsed = AlertObject.safeParse(item)
  if (!parsed.success || parsed.data.status !== 'firing') return []
  const { startsAt, generatorURL, ...rest } = parsed.data
  const startsAtMs = parseGoTime(startsAt) ?? createdAtMs
  const alert = { ...bareAlert(startsAtMs), labels: rest.labels, annotations: rest.annotations }
  return [toRead({ ...alert, generatorUrl: generatorURL })]
}

function bareAlert(startsAtMs: number): ReceivedAlert {
  return {
    fingerprint: '',
    status: 'firing',
    labels: {},
    annotations: {},
    startsAtMs,
    endsAtMs: null,
    generatorUrl: '',
    isFromIncident: true,
  }
}

function toRead(alert: ReceivedAlert): Read {
  const given = boundLabels(alert.labels)
  const annotations = boundLabels(alert.annotations)
  return {
    alert: {
      ...alert,
      fingerprint: fingerprintOf(alert.labels),
      labels: given.labels,
      annotations: annotations.labels,
      generatorUrl: maskSecrets(alert.generatorUrl),
      isFromIncident: true,
    },
    isComplete: given.isComplete && annotations.isComplete,
  }
}

/** `name = value` lines, put together again where YAML took a colon for its own. */
function toPairs(items: readonly z.infer<typeof YamlItem>[]): Record<string, string> {
  const pairs: Record<string, string> = Object.create(null)
  for (const item of items) {
    const line = typeof item === 'string' ? item : Object.entries(item).map(toLine).join('\n')
    const split = line.indexOf(' = ')
    if (split > 0) pairs[line.slice(0, split)] = line.slice(split + 3)
  }
  return pairs
}

/** `CRN = crn:...:CLUSTER::` came as the key `CRN = crn:...:CLUSTER:` of nothing. */
function toLine([key, value]: [string, string | number | boolean | null]): string {
  return value === null ? `${key}:` : `${key}: ${String(value)}`
}

function toCount(stated: number | string | null | undefined): number | null {
  const count = typeof stated === 'string' && /^\d{1,9}$/.test(stated.trim()) ? Number(stated) : stated
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 ? count : null
}

/** The value of a string that holds a JSON object, array or string; else what was given. */
function parseIfJson(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > TEXT_LIMIT || !/^\s*[[{"]/.test(value)) return value
  try {
    const parsed: unknown = JSON.parse(value)
    return parsed
  } catch {
    return value
  }
}
