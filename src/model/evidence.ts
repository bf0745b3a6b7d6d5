/** Where an answer came from. */
export type EvidenceSource =
  | 'alert'
  | 'kp-events-alerts'
  | 'deploy-failure'
  | 'deploy-alerts'
  | 'etcd'
  | 'pagerduty'
  | 'prometheus'
  | 'logs'

/** Absent is a fact; unavailable is the lack of one. Only a source complete for the whole window asked may say absent. */
export type EvidenceOutcome = 'found' | 'absent' | 'unavailable'

/** One answer from one source, as it is shown to people and stored with the verdict. */
export interface Evidence {
  source: EvidenceSource
  outcome: EvidenceOutcome
  /** One sentence: what was found, or what was searched and to what time complete, or why it could not be. */
  summary: string
  /** UTC ISO 8601: when the answer was true. */
  observedAt: string
  link: string | null
  /** The source's own words, secrets masked, bounded. */
  quote: string | null
}

/** The answer to one question about a channel: its messages, and whether nobody can have said more. */
export interface ChannelFacts {
  outcome: EvidenceOutcome
  /** Why it is unavailable, a sentence for people; null otherwise. */
  why: string | null
  /** Unavailable only because the first whole read is still under way. */
  isCatchingUp: boolean
  /** Up to when the channel was read completely (ms), null if never. */
  completeToMs: number | null
  observedAtMs: number
  messages: MessageFact[]
}

/** A message that Slack's own search found, and when it was asked (ms). */
export interface FoundBySearch {
  message: MessageFact
  observedAtMs: number
}

/** A message about the alert's cluster, reduced to what a judge may use. */
export interface MessageFact {
  atMs: number
  link: string
  /** The whole text, unescaped, secrets masked, bounded: what forbids a snooze is looked for here. */
  text: string
  /** What it says of this cluster alone: what permits a snooze is looked for here. */
  ownText: string
  /** It names other clusters too. */
  isAboutMore: boolean
  /** A parent message of an author that policy lists: it may permit a snooze or an issue. */
  isListed: boolean
  /** Who posted it, for the note. */
  author: string
}
