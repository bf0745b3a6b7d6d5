import { z } from 'zod'
import { TerminalError, TransientError } from '../errors.ts'
import type { KeyInstance } from '../model/key-crn.ts'
import type { CallObserver } from '../telemetry/metrics.ts'
import { Circuit, type CircuitOptions } from './circuit.ts'
import { askByGet, observed, toParsed } from './http-ask.ts'
import type { IamTokens } from './iam-token.ts'
import { KEY_PROTECT_CALLS } from './reading-allowed.ts'

/** Longest a call may take, in ms: what asks gives up soon after. */
const CALL_TIMEOUT_MS = 2_000
const ANSWER_LIMIT_BYTES = 4_194_304
/** Registrations of one page, and pages that are read: one cluster has a handful. Source: API, limit at most 5,000. */
const PAGE_SIZE = 200
const PAGE_LIMIT = 5

/** A key as `GET /api/v2/keys/{id}/metadata` shows it, only the fields used. */
const keySchema = z.object({
  id: z.string(),
  name: z.string().nullish(),
  state: z.number().int(),
  keyRingID: z.string().nullish(),
  crn: z.string().nullish(),
  expirationDate: z.string().nullish(),
})
export type KeyMetadata = z.infer<typeof keySchema>
const metadataSchema = z.object({ resources: z.array(keySchema).length(1) })

/** A registration: a resource that says that a key protects it. */
const registrationSchema = z.object({
  keyId: z.string(),
  resourceCrn: z.string(),
  preventKeyDeletion: z.boolean().nullish(),
  creationDate: z.string().nullish(),
})
export type KeyRegistration = z.infer<typeof registrationSchema>
const registrationsSchema = z.object({ resources: z.array(registrationSchema) })

export interface KeyProtectOptions {
  /** Usual base address of an instance, without a trailing slash. */
  urlOf: (instance: KeyInstance) => string
  tokens: IamTokens
  now: () => number
  observe?: CallObserver
  onCircuit?: CircuitOptions['onChange']
  timeoutMs?: number
}

/** The two questions that are asked of Key Protect, and of HPCS, which speaks the same API. Both are GET; no other call can be made. */
export interface KeyProtectClient {
  /** State and ring of a key. @throws TransientError, TerminalError (`not-found` for a key that is not there any more) */
  key(instance: KeyInstance, keyId: string): Promise<KeyMetadata>
  /** Every registration of the instance that names the resource. @throws TransientError, TerminalError */
  registrationsOf(instance: KeyInstance, resourceCrn: string): Promise<KeyRegistration[]>
}

/** Source: cloud.ibm.com/apidocs/key-protect, "Retrieve key metadata" and "List registrations for any key". */
export function createKeyProtectClient(options: KeyProtectOptions): KeyProtectClient {
  const { urlOf, tokens, now, observe, onCircuit, timeoutMs = CALL_TIMEOUT_MS } = options
  // A refusal is about one instance: the key of one account may not read those of another.
  const circuit = new Circuit({
    name: 'Key Protect',
    isOfCredentials: () => false,
    ...(onCircuit ? { onChange: onCircuit } : {}),
  })

  async function get<T>(
    instance: KeyInstance,
    { operation, path, schema }: { operation: string; path: string; schema: z.ZodType<T> },
  ): Promise<T> {
    const what = `Key Protect ${operation}`
    const token = await tokens.current()
    const ask = async () => {
      const answer = await askByGet({
        what,
        allowed: KEY_PROTECT_CALLS,
        url: new URL(`${instance.url ?? urlOf(instance)}${path}`),
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token}`,
          'bluemix-instance': instance.instanceId,
        },
        timeoutMs,
        limitBytes: ANSWER_LIMIT_BYTES,
      })
      if (answer.status === 401) tokens.forget(token)
      return toParsed(answer, { schema, what, nowMs: now() })
    }
    return observed(observe, operation, () => circuit.run(what, ask))
  }

  return {
    async key(instance, keyId) {
      const path = `/api/v2/keys/${encodeURIComponent(keyId)}/metadata`
      const { resources } = await get(instance, { operation: 'get key metadata', path, schema: metadataSchema })
      const [found] = resources
      // An alias would be answered with its key's id.
      if (found?.id !== keyId)
        throw new TerminalError('not-found', 'Key Protect get key metadata: answered another key')
      return found
    },

    async registrationsOf(instance, resourceCrn) {
      const found: KeyRegistration[] = []
      for (let page = 0; page < PAGE_LIMIT; page += 1) {
        const query = new URLSearchParams({
          // The name says encoded, and means once: as every part of a query is.
          urlEncodedResourceCRNQuery: resourceCrn,
          limit: String(PAGE_SIZE),
          offset: String(page * PAGE_SIZE),
        })
        const path = `/api/v2/keys/registrations?${query}`
        const { resources } = await get(instance, {
          operation: 'list registrations',
          path,
          schema: registrationsSchema,
        })
        // A server that ignores the query must not make other resources this one's.
        found.push(...resources.filter((registration) => registration.resourceCrn === resourceCrn))
        if (resources.length < PAGE_SIZE) return found
      }
      throw new TransientError('unknown', 'Key Protect list registrations: more registrations than are read')
    },
  }
}
