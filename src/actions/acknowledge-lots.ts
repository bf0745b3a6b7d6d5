import { gathered } from '../clients/gathered.ts'
import type { PagerdutyClient } from '../clients/pagerduty.ts'
import { LOT_LIMIT } from '../clients/pagerduty-allowed.ts'
import type { RawIncident } from '../clients/pagerduty-schema.ts'
import { TerminalError, TransientError } from '../errors.ts'

/** An acknowledgement waits no longer for those under way, in ms: its intent stands already. */
const LONGEST_WAIT_MS = 1_000
/** Where many are acknowledged the next lot waits so long to fill, in ms. */
const PAUSE_MS = 20
/** PagerDuty's codes for a refusal of us and not of an incident: requester not found, not authorized. */
const OWN_CODES: readonly (string | null)[] = ['1008', '1018']

/**
 * Acknowledges incidents: one at once where none is being acknowledged, else up to fifty in a call. One that PagerDuty
 * refuses has it refuse the lot, which is then halved until that one is alone; an unknown outcome is that of each.
 */
export function acknowledgeInLots(
  client: Pick<PagerdutyClient, 'acknowledge' | 'acknowledgeAll'>,
): (incidentId: string) => Promise<RawIncident> {
  return gathered<string, RawIncident>(
    async (incidentIds) => {
      const answers = new Map<string, RawIncident | Error>()
      await acknowledgeLot(client, [...new Set(incidentIds)], answers)
      return incidentIds.map((id) => answers.get(id) ?? leftOut())
    },
    { atMost: LOT_LIMIT, longestWaitMs: LONGEST_WAIT_MS, pauseMs: PAUSE_MS },
  )
}

async function acknowledgeLot(
  client: Pick<PagerdutyClient, 'acknowledge' | 'acknowledgeAll'>,
  ids: readonly string[],
  answers: Map<string, RawIncident | Error>,
): Promise<void> {
  const [first, ...others] = ids
  if (first === undefined) return
  try {
    const told = others.length === 0 ? [await client.acknowledge(first)] : await client.acknowledgeAll(ids)
    for (const raw of told) answers.set(raw.id, raw)
  } catch (error) {
    if (others.length > 0 && mayBeOneOfThem(error)) {
      const middle = Math.ceil(ids.length / 2)
      await Promise.all([ids.slice(0, middle), ids.slice(middle)].map((half) => acknowledgeLot(client, half, answers)))
      return
    }
    for (const id of ids) answers.set(id, error instanceof Error ? error : leftOut())
  }
}

function mayBeOneOfThem(error: unknown): boolean {
  return error instanceof TerminalError && error.code !== 'unauthorized' && !OWN_CODES.includes(error.upstreamCode)
}

/** An answer that does not name the incident says nothing of it. */
function leftOut(): Error {
  return new TransientError('unknown', 'PagerDuty acknowledge many: its answer leaves an incident out')
}
