import { z } from 'zod'
import { TerminalError } from '../errors.ts'
import type { OutboundCall } from './allowed-calls.ts'

/** Incidents remembered at most: one that is woken was read a moment before. */
const LIMIT = 1_000

const told = z.object({ incident: z.object({ id: z.string(), escalation_policy: z.object({ id: z.string() }) }) })
const assigning = z.object({ incident: z.object({ escalation_policy: z.object({ id: z.string() }) }) })

/** Which escalation policy each incident has, as PagerDuty itself said last. Only there may an incident be assigned. */
export class OwnPolicies {
  readonly #policies = new Map<string, string>()

  /** Takes note of an answer, of whatever call. */
  learn(answer: unknown): void {
    const known = told.safeParse(answer)
    if (!known.success) return
    const { id, escalation_policy: policy } = known.data.incident
    if (this.#policies.size >= LIMIT) this.#policies.clear()
    this.#policies.set(id, policy.id)
  }

  /** @throws TerminalError `rejected` before anything is sent, for an assignment to a policy that is not the incident's own. */
  check({ method, path, body }: OutboundCall): void {
    const wanted = assigning.safeParse(body)
    if (method !== 'PUT' || !wanted.success) return
    const id = path.split('/').at(-1) ?? ''
    if (this.#policies.get(id) !== wanted.data.incident.escalation_policy.id)
      throw new TerminalError('rejected', 'PagerDuty: an incident is assigned to its own escalation policy only')
  }
}
