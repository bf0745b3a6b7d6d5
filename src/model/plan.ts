/** A named rule that removes an action from a plan, whatever the verdict. Source: PRODUCT.md section 4, Rails. */
export const RAILS = [
  // In code: no setting removes these.
  'customer-impacting',
  'severity',
  'human-engaged',
  'shared-incident',
  'incident-weakly-matched',
  'truncated-group',
  'stale-evidence',
  'incident-resolved',
  // By policy or mode.
  'incident-not-found',
  'snooze-budget',
  'flapping',
  'storm',
  'awaiting-approval',
  'shadow',
  'paused',
] as const
export type Rail = (typeof RAILS)[number]

export const ACTION_KINDS = ['acknowledge', 'snooze', 'wake', 'note', 'issue', 'slack'] as const
export type ActionKind = (typeof ACTION_KINDS)[number]

export interface Refusal {
  action: ActionKind
  rail: Rail
  why: string
}

declare const permitted: unique symbol
/** Proof that every rail was asked. Only `authorizeSnooze` makes one. */
export interface SnoozePermit {
  readonly [permitted]: true
}

interface Effect {
  /** Identity of the effect for ever: the same key is never done twice. */
  key: string
  why: string
}

export interface AcknowledgeAction extends Effect {
  action: 'acknowledge'
  incidentId: string
}
export interface SnoozeAction extends Effect {
  action: 'snooze'
  incidentId: string
  seconds: number
  /** The absolute end, ms since the epoch: a repeated call asks for what is left of it. */
  untilMs: number
  budget: string
  clusterIds: string[]
  /** Null where only the mode forbids it: then nothing is sent and the receipt says `would`. */
  permit: SnoozePermit | null
}
export interface WakeAction extends Effect {
  action: 'wake'
  incidentId: string
  /** False for a snooze that was only decided in shadow: there is nothing to wake. */
  isReal: boolean
}
export interface NoteAction extends Effect {
  action: 'note'
  incidentId: string
  content: string
  /** True where the page stays with people, who wait for it. */
  pageStays: boolean
  /** The last line's mark, by which an earlier copy is found. */
  marker: string
}
export interface IssueAction extends Effect {
  action: 'issue'
  /** `owner/name` */
  repository: string
  clusterId: string
  title: string
  body: string
  labels: string[]
  /** Hidden in the body, by which an earlier copy is found. */
  marker: string
  /** The open issue, where it is known already; its address then is `url`. */
  number: number | null
  url: string | null
  /** What this case says on an issue that an earlier one opened. */
  comment: { key: string; body: string; marker: string }
  /** True where Key Protect was asked and did not answer: body and comment can't say which registrations there are. */
  lacksRegistrations: boolean
  /** What is added once it answers; null while it has not. */
  registrations: { key: string; body: string | null; marker: string }
}
export interface SlackAction extends Effect {
  action: 'slack'
  /** Changes whenever the message should look different. */
  contentKey: string
  text: string
  blocks: SlackBlock[]
  /** It asks people something, or tells of a page that stays with them. Left out: it can wait for those. */
  urgency?: 'ask' | 'page'
}
export type Action = AcknowledgeAction | SnoozeAction | WakeAction | NoteAction | IssueAction | SlackAction

/** A Slack block, as plain data. */
export type SlackBlock = { type: string } & Record<string, unknown>

/** What to do about a case now, and what the rails took away. */
export interface Plan {
  /** One line that says the outcome: the first line of the note. */
  headline: string
  /** Identity of the outcome: a note is written once for each. */
  outcomeKey: string
  actions: Action[]
  refusals: Refusal[]
  /** What the buttons of its message are bound to, sha256 in hex; left out where the message has none. */
  hash?: string
  /** Asks people to approve what the plan would do, until then (ms). */
  offer?: { hash: string; untilMs: number; atMs: number }
  /** Who approved the plan or asked for it by hand: the mode `approve` withholds nothing of it. */
  approvedBy?: string
}

/** What an action did; each word completes "it has been ...". */
export type ReceiptResult = 'created' | 'updated' | 'unchanged' | 'adopted' | 'would' | 'refused'

export interface Receipt {
  action: ActionKind
  result: ReceiptResult
  /** The rail or the upstream's word, where the result is `refused`. */
  why: string | null
  link: string | null
  /** UTC ISO 8601. */
  at: string
}
