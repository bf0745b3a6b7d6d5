import { z } from 'zod'
import type { IncidentRecord } from '../sandbox/pagerduty/incident.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { CaseView } from '../src/handlers/api/case-schema.ts'
import { dedupKeyOf } from '../src/model/identity.ts'
import { clusterIdOf, groupKeyOf } from './alertmanager.ts'
import type { Responder } from './responder.ts'
import type { Stage } from './stage.ts'

const CasePage = z.object({ cases: z.array(CaseView) })

/** What one scenario acts on: its own alert group, incident and clusters on the common stage. */
export interface Scene {
  readonly sandbox: Sandbox
  readonly responder: Responder
  readonly signal: AbortSignal
  readonly groupKey: string
  readonly dedupKey: string
  /** Id of the group's cluster; a group of several has one for each alert, counted from 0. */
  clusterId(index?: number): string
  /** The newest incident of the group. @throws Error when there is none */
  incident(): Readonly<IncidentRecord>
  /** The group's case as the API shows it, or null where there is none yet. */
  findCase(): Promise<CaseView | null>
}

export function openScene(name: string, { sandbox, responder, operatorToken }: Stage, signal: AbortSignal): Scene {
  const groupKey = groupKeyOf(name)
  const dedupKey = dedupKeyOf(groupKey)
  return {
    sandbox,
    responder,
    signal,
    groupKey,
    dedupKey,
    clusterId: (index = 0) => clusterIdOf(`${name}/${index}`),
    incident() {
      const incident = sandbox.pagerduty.byKey(dedupKey)
      if (!incident) throw new Error('the scenario has no incident yet')
      return incident
    },
    async findCase() {
      const response = await fetch(`${responder.url}/api/cases?limit=100`, {
        headers: { authorization: `Bearer ${operatorToken}` },
        signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
      })
      if (!response.ok) throw new Error(`the API answered ${response.status}`)
      const { cases } = CasePage.parse(await response.json())
      return cases.find((candidate) => candidate.dedupKey === dedupKey) ?? null
    },
  }
}
