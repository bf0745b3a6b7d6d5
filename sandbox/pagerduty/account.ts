/** The sandbox's PagerDuty account: who is in it, what pages them, and the settings of its one service. */

export interface PagerdutyUser {
  readonly id: string
  readonly name: string
  readonly email: string
}

/** The user named by the responder's `From` header. */
export const RESPONDER_USER: PagerdutyUser = {
  id: 'PRESPND',
  name: 'KP Events Responder',
  email: 'responder@example.com',
}
/** On call at level 1. */
export const ADA: PagerdutyUser = { id: 'PADA001', name: 'Ada Example', email: 'ada@example.com' }
/** On call at level 2. */
export const GRACE: PagerdutyUser = { id: 'PGRACE1', name: 'Grace Example', email: 'grace@example.com' }

export const USERS: readonly PagerdutyUser[] = [RESPONDER_USER, ADA, GRACE]

export interface EscalationPolicy {
  readonly id: string
  readonly name: string
  /** Who is rung at level 1, level 2 and so on. */
  readonly levels: readonly PagerdutyUser[]
}

/** The service's own policy. */
export const POLICY: EscalationPolicy = { id: 'PPOLICY', name: 'Armada on-call', levels: [ADA, GRACE] }
export const OTHER_POLICY: EscalationPolicy = { id: 'PPOLIC2', name: 'Platform on-call', levels: [GRACE] }
export const POLICIES: readonly EscalationPolicy[] = [POLICY, OTHER_POLICY]

export const SERVICE = { id: 'PSERVIC', name: 'armada-kp-events' } as const
export const INTEGRATION = { id: 'PINTEGR', name: 'Prometheus Alertmanager' } as const

export type PriorityName = 'P1' | 'P2' | 'P3' | 'P4' | 'P5'

/** Returns the id by which the API knows a priority. */
export function toPriorityId(name: PriorityName): string {
  return `PPRIO0${name.slice(1)}`
}

export const PRIORITIES: readonly PriorityName[] = ['P1', 'P2', 'P3', 'P4', 'P5']

/** What a test or the demo may change at any time. */
export interface PagerdutySettings {
  /** The only API key that is accepted. */
  token: string
  /** The only integration key that Events v2 accepts. */
  routingKey: string
  /** How long an acknowledgement holds, in seconds; `null`: for ever. Used by acknowledgements made afterwards. */
  acknowledgementTimeoutSeconds: number | null
  /** Time until the next level is rung, in seconds; `null`: never. Used by rings made afterwards. */
  escalationTimeoutSeconds: number | null
  /** REST calls a minute before 429; `null`: no limit and no `ratelimit-*` headers. PagerDuty's own is 960. */
  rateLimitPerMinute: number | null
  /** Whether a second acknowledgement by the same user is refused with code 1002 (it is accepted and recorded if not). */
  refusesRepeatedAcknowledge: boolean
  /** Role of the responder's user. Source: PagerDuty REST, User, `role`. */
  responderRole: string
}

/** Returns the settings of a fresh account. */
export function defaultSettings(): PagerdutySettings {
  return {
    token: 'sandbox-pagerduty-token',
    routingKey: '5a4db0c0ffee4e55a4db0c0ffee4e550',
    acknowledgementTimeoutSeconds: 30 * 60,
    escalationTimeoutSeconds: 30 * 60,
    rateLimitPerMinute: null,
    refusesRepeatedAcknowledge: false,
    responderRole: 'limited_user',
  }
}
