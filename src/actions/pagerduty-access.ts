import type { PagerdutyClient } from '../clients/pagerduty.ts'
import type { RawIncident } from '../clients/pagerduty-schema.ts'
import { type AskIncidents, openIncidentBoard } from '../evidence/incident-board.ts'
import { acknowledgeInLots } from './acknowledge-lots.ts'

/** How looks call PagerDuty: what many of them ask or do at once is gathered into fewer calls. */
export interface PagerdutyAccess {
  client: PagerdutyClient
  /** E-mail address of our own user. */
  from: string
  askIncidents: AskIncidents
  /** For pages that have to ring again: asked before everything else, and where calls are held back too. */
  urgent: { client: PagerdutyClient; askIncidents: AskIncidents }
  acknowledge: (incidentId: string) => Promise<RawIncident>
}

/** The access of one process: looks that shall be gathered share it. */
export function toPagerdutyAccess(client: PagerdutyClient, from: string): PagerdutyAccess {
  const waking = client.spending('wake')
  return {
    client,
    from,
    askIncidents: openIncidentBoard(client),
    urgent: { client: waking, askIncidents: openIncidentBoard(waking) },
    acknowledge: acknowledgeInLots(client),
  }
}
