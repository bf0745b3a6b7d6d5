import type { Policy } from '../config/policy.ts'
import type { Saying } from './saying.ts'

/** The two ways to the development squad; `{...}` stands for a name that the team's own site fills in. */
export const ESCALATION = {
  cie: {
    source: 'Escalation Policy',
    says: 'If a CIE has been raised and you need assistance, please engage the development squad using the {escalation} pagerduty escalation policy.',
  },
  noCie: {
    source: 'Escalation Policy',
    says: 'If this is not a CIE you can reach out using the {squad} Slack channel or create an issue in the {repository} Github repository for later follow-up.',
  },
} as const satisfies Record<string, Saying>

/** Both ways to escalate with the team's links in them. `incidentPolicy` stands in where the policy names no link. */
export function escalationLines(
  { links, channels }: Pick<Policy, 'links' | 'channels'>,
  incidentPolicy: string | null,
): [cie: string, noCie: string] {
  return [
    ESCALATION.cie.says.replace('{escalation}', links.escalation || incidentPolicy || "squad's"),
    ESCALATION.noCie.says
      .replace('{squad}', links.squad ? `${channels.notify.name} (${links.squad})` : channels.notify.name)
      .replace('{repository}', 'armada-deploy'),
  ]
}
