/** A Slack channel that the runbook sends people to. */
export interface AskedChannel {
  name: string
  id: string
  link: string
  /** The heading under which the runbook names it. */
  source: string
}

/** The channels of the runbook by name, for people: where to look, and whom to ask. */
export const CHANNELS = {
  deployFailure: {
    name: '#armada-deploy-failure',
    id: 'C9XGSR292',
    link: 'https://ibm-argonauts.slack.com/archives/C9XGSR292',
    source: 'Actions to take',
  },
  kpEventsAlerts: {
    name: '#armada-kp-events-alerts',
    id: 'C018KJ6NW4A',
    link: 'https://ibm-argonauts.slack.com/archives/C018KJ6NW4A',
    source: 'Actions to take',
  },
  deployAlerts: {
    name: '#armada-deploy-alerts',
    id: 'C54FY4EKG',
    link: 'https://ibm-argonauts.slack.com/archives/C54FY4EKG',
    source: 'Actions to take',
  },
  iamAdopters: {
    name: 'iam-adopters',
    id: 'C0NLB2W3B',
    link: 'https://ibm.enterprise.slack.com/archives/C0NLB2W3B',
    source: 'General Debugging',
  },
  keyProtect: {
    name: 'key-protect',
    id: 'C1UB18PQB',
    link: 'https://ibm.enterprise.slack.com/archives/C1UB18PQB',
    source: 'General Debugging',
  },
  hpCryptoKms: {
    name: 'hp-crypto-kms',
    id: 'CFFC7M3B3',
    link: 'https://ibm.enterprise.slack.com/archives/CFFC7M3B3',
    source: 'General Debugging',
  },
} as const satisfies Record<string, AskedChannel>
