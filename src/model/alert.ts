/** One labelled condition of an alert group, as Alertmanager last told it. Times are milliseconds since the epoch. */
export interface Alert {
  /** Alertmanager's hash over all labels, 16 hex digits. */
  fingerprint: string
  status: 'firing' | 'resolved'
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAtMs: number
  /** Null while firing (Alertmanager sends Go's zero time). */
  endsAtMs: number | null
  generatorUrl: string
  /** True where only an incident's text tells of it: Alertmanager's next word about the group stands in its place. */
  isFromIncident?: boolean
  firstReceivedAtMs: number
  lastReceivedAtMs: number
}

/** One message about an alert group, as accepted at the door. */
export interface GroupUpdate {
  groupKey: string
  receiver: string
  groupLabels: Record<string, string>
  commonLabels: Record<string, string>
  externalUrl: string
  /** How many alerts Alertmanager left out of the message. */
  truncatedAlerts: number
  alerts: ReceivedAlert[]
  /** The incident that it was read from, where Alertmanager itself did not tell. */
  incident?: { id: string; isWeaklyMatched: boolean }
}

export type ReceivedAlert = Omit<Alert, 'firstReceivedAtMs' | 'lastReceivedAtMs'>
