import { type EscalationPolicy, type PagerdutySettings, type PagerdutyUser, POLICY, RESPONDER_USER } from './account.ts'
import { toIntegrationReference, toPolicyReference, toServiceReference, toUserReference } from './reference.ts'

/** Returns a whole user: unlike a reference it has the e-mail address. */
export function toUser(
  user: PagerdutyUser,
  web: string,
  { responderRole }: Pick<PagerdutySettings, 'responderRole'> = { responderRole: 'limited_user' },
): Record<string, unknown> {
  return {
    ...toUserReference(user, web),
    type: 'user',
    name: user.name,
    email: user.email,
    time_zone: 'Etc/UTC',
    color: 'teal',
    role: user === RESPONDER_USER ? responderRole : 'user',
    avatar_url: 'https://pd-static-assets.pagerduty.com/users/blank-avatar.png',
    description: null,
    invitation_sent: false,
    job_title: 'Responder',
    teams: [],
    contact_methods: [],
    notification_rules: [],
  }
}

export function toService({ web, settings }: { web: string; settings: PagerdutySettings }): Record<string, unknown> {
  const reference = toServiceReference(web)
  return {
    ...reference,
    type: 'service',
    name: reference.summary,
    description: null,
    auto_resolve_timeout: null,
    acknowledgement_timeout: settings.acknowledgementTimeoutSeconds,
    status: 'active',
    escalation_policy: toPolicyReference(POLICY, web),
    incident_urgency_rule: { type: 'constant', urgency: 'high' },
    alert_creation: 'create_alerts_and_incidents',
    teams: [],
    integrations: [toIntegrationReference(web)],
  }
}

export function toPolicy(
  policy: EscalationPolicy,
  { web, settings }: { web: string; settings: PagerdutySettings },
): Record<string, unknown> {
  return {
    ...toPolicyReference(policy, web),
    type: 'escalation_policy',
    name: policy.name,
    description: null,
    num_loops: 0,
    on_call_handoff_notifications: 'if_has_services',
    escalation_rules: policy.levels.map((user, index) => ({
      id: `${policy.id}-${index + 1}`,
      escalation_delay_in_minutes: Math.ceil((settings.escalationTimeoutSeconds ?? 1800) / 60),
      targets: [toUserReference(user, web)],
    })),
    services: [toServiceReference(web)],
    teams: [],
  }
}
