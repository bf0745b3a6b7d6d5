import { z } from 'zod'
import { allowOnly } from './allowed-calls.ts'

/** The calls to upstreams that are only asked. A base address may have a path of its own before these. */

/** What Alertmanager has; it has calls that silence too. */
export const ALERTMANAGER_CALLS = allowOnly('Alertmanager', [
  { method: 'GET', path: /\/api\/v2\/alerts$/, query: /^filter=/ },
])

/** Queries; it has calls that delete series too. */
export const PROMETHEUS_CALLS = allowOnly('Prometheus', [{ method: 'GET', path: /\/api\/v1\/query(?:_range)?$/ }])

export const LOGDNA_CALLS = allowOnly('LogDNA', [{ method: 'GET', path: /\/v2\/export$/ }])

/** A query is posted, since it is too long for an address. */
export const IBM_CLOUD_LOGS_CALLS = allowOnly('IBM Cloud Logs', [
  {
    method: 'POST',
    path: /\/v1\/query$/,
    body: z.strictObject({ query: z.string(), metadata: z.looseObject({ syntax: z.literal('dataprime') }) }),
  },
])

/** What a key is and what is registered for it: never its material, never a change. */
export const KEY_PROTECT_CALLS = allowOnly('Key Protect', [
  { method: 'GET', path: /\/api\/v2\/keys\/[^/]+\/metadata$/ },
  { method: 'GET', path: /\/api\/v2\/keys\/registrations$/ },
])

export const IAM_POLICY_CALLS = allowOnly('IBM Cloud IAM', [
  { method: 'GET', path: /\/v1\/policies$/, query: /^account_id=/ },
])

/** An API key for its token. */
export const IAM_TOKEN_CALLS = allowOnly('IBM Cloud IAM', [
  {
    method: 'POST',
    path: /\/identity\/token$/,
    body: z.strictObject({ grant_type: z.literal('urn:ibm:params:oauth:grant-type:apikey'), apikey: z.string() }),
  },
])

/** Pods and their logs: no secret, no other kind, no change. */
export const KUBERNETES_CALLS = allowOnly('Kubernetes', [
  { method: 'GET', path: /\/api\/v1\/namespaces\/[^/]+\/pods$/ },
  { method: 'GET', path: /\/api\/v1\/namespaces\/[^/]+\/pods\/[^/]+\/log$/ },
])

/** One address, whose path is its owner's affair; a GET tells it no more than that we live. */
export const HEARTBEAT_CALLS = allowOnly('heartbeat', [{ method: 'GET', path: /^\// }])
