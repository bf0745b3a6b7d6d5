import type { ChannelFacts, Evidence, EvidenceSource, FoundBySearch, MessageFact } from '../model/evidence.ts'
import type { AlertFacts, EtcdFacts } from '../model/facts.ts'

/** Messages that one channel cites at most, newest first. */
const CITED_MESSAGES = 3

/** The evidence of an alert's facts as it is shown: what each source was asked and answered. */
export function citedEvidence(facts: AlertFacts): Evidence[] {
  return [
    citedIdentity(facts),
    ...citedChannel('kp-events-alerts', '#armada-kp-events-alerts', facts.errorTexts),
    ...citedChannel('deploy-failure', '#armada-deploy-failure', facts.masterOperations),
    ...(facts.etcd ? [citedEtcd(facts.etcd)] : []),
    ...(facts.deletions ? citedChannel('deploy-alerts', '#armada-deploy-alerts', facts.deletions) : []),
    ...(facts.deletionBySearch ? [citedSearch(facts.deletionBySearch)] : []),
  ]
}

function citedIdentity({ identity, nowMs }: AlertFacts): Evidence {
  const isFound = identity.kind === 'identified'
  return {
    source: 'alert',
    outcome: isFound ? 'found' : 'absent',
    summary: isFound
      ? `cluster ${identity.clusterId}, account ${identity.accountId}, region ${identity.region}`
      : `no cluster can be named (${identity.why})`,
    observedAt: new Date(nowMs).toISOString(),
    link: null,
    quote: isFound ? identity.crn : identity.seen.join(' ') || null,
  }
}

const ETCD_OUTCOMES = {
  present: 'found',
  absent: 'absent',
  unavailable: 'unavailable',
  'not-trusted': 'unavailable',
} as const

function citedEtcd({ outcome, why, observedAtMs }: EtcdFacts): Evidence {
  return {
    source: 'etcd',
    outcome: ETCD_OUTCOMES[outcome],
    summary: why,
    observedAt: new Date(observedAtMs).toISOString(),
    link: null,
    quote: null,
  }
}

function citedChannel(source: EvidenceSource, name: string, channel: ChannelFacts): Evidence[] {
  const observedAt = new Date(channel.observedAtMs).toISOString()
  const quoted = channel.messages
    .slice(-CITED_MESSAGES)
    .reverse()
    .map((message) => citedMessage(source, message, observedAt))
  if (channel.outcome === 'unavailable') {
    return [
      {
        source,
        outcome: 'unavailable',
        summary: channel.why ?? `${name} could not be read`,
        observedAt,
        link: null,
        quote: null,
      },
      ...quoted,
    ]
  }
  if (quoted.length > 0) return quoted
  const until = channel.completeToMs === null ? '' : `, complete to ${new Date(channel.completeToMs).toISOString()}`
  return [
    {
      source,
      outcome: 'absent',
      summary: `no message about this cluster in ${name}${until}`,
      observedAt,
      link: null,
      quote: null,
    },
  ]
}

function citedSearch({ message, observedAtMs }: FoundBySearch): Evidence {
  const cited = citedMessage('deploy-alerts', message, new Date(observedAtMs).toISOString())
  return { ...cited, summary: `${cited.summary}, by search` }
}

function citedMessage(source: EvidenceSource, message: MessageFact, observedAt: string): Evidence {
  return {
    source,
    outcome: 'found',
    summary: `${message.author} at ${new Date(message.atMs).toISOString()}${message.isListed ? '' : ' (not a listed author)'}`,
    observedAt,
    link: message.link,
    quote: message.text,
  }
}
