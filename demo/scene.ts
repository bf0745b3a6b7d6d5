import { z } from 'zod'
import type { EtcdSandbox } from '../sandbox/etcd/etcd.ts'
import type { IncidentRecord } from '../sandbox/pagerduty/incident.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { CaseView } from '../src/handlers/api/case-schema.ts'
import { dedupKeyOf } from '../src/model/identity.ts'
import { clusterIdOf, groupKeyOf } from './alertmanager.ts'
import type { Responder } from './responder.ts'
import type { Stage } from './stage.ts'

const CasePage = z.object({ cases: z.array(CaseView) })
const CALL_TIMEOUT_MS = 5_000

/** A cluster of a scenario: its number in the group, counted from 0, or a name. */
export type ClusterName = number | string

/** What one scenario acts on: its own alert group, incident and clusters on the common stage. */
export interface Scene {
  readonly sandbox: Sandbox
  readonly responder: Responder
  readonly signal: AbortSignal
  readonly groupKey: string
  readonly dedupKey: string
  /** Ids by name of what was posted in Slack, so that it can be edited or answered. */
  readonly posted: Map<string, { channel: string; ts: string }>
  /** Id of a cluster, the group's first where none is named. */
  clusterId(name?: ClusterName): string
  /** Every cluster id that was asked for so far. */
  clusterIds(): string[]
  /** The newest incident of the group. @throws Error when there is none */
  incident(): Readonly<IncidentRecord>
  /** The etcd of a region. @throws RangeError when it has none */
  etcd(region: string): EtcdSandbox
  /** The group's newest case as the API shows it, or null where there is none yet. */
  findCase(): Promise<CaseView | null>
  /** Asks the API as an operator. */
  ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<{ status: number; body: unknown }>
}

export function openScene(name: string, stage: Stage, signal: AbortSignal): Scene {
  const { sandbox, responder, operatorToken, etcds } = stage
  const groupKey = groupKeyOf(name)
  const dedupKey = dedupKeyOf(groupKey)
  const named = new Map<ClusterName, string>()

  async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${responder.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${operatorToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
    })
    return { status: response.status, body: await response.json() }
  }

  async function listCases(query: string): Promise<CaseView | null> {
    const { status, body } = await ask('GET', `/api/cases?${query}`)
    if (status !== 200) throw new Error(`the API answered ${status}`)
    return CasePage.parse(body).cases.find((candidate) => candidate.dedupKey === dedupKey) ?? null
  }

  return {
    sandbox,
    responder,
    signal,
    groupKey,
    dedupKey,
    posted: new Map(),
    clusterId(cluster = 0) {
      const id = named.get(cluster) ?? clusterIdOf(`${name}/${cluster}`)
      named.set(cluster, id)
      return id
    },
    clusterIds: () => [...named.values()],
    incident() {
      const incident = sandbox.pagerduty.byKey(dedupKey)
      if (!incident) throw new Error('the scenario has no incident yet')
      return incident
    },
    etcd(region) {
      const place = etcds.find((candidate) => candidate.region === region)
      if (!place) throw new RangeError(`the stage has no etcd in ${region}`)
      return place.etcd
    },
    async findCase() {
      // By cluster the answer is short, however many cases there are; an alert without a cluster is among the newest.
      for (const id of named.values()) {
        const found = await listCases(`cluster=${id}`)
        if (found) return found
      }
      return listCases('limit=30')
    },
    ask,
  }
}
