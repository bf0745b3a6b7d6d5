import { z } from 'zod'
import { TransientError } from '../errors.ts'
import type { CallObserver } from '../telemetry/metrics.ts'
import { Circuit, type CircuitOptions } from './circuit.ts'
import { askByGet, observed, toParsed } from './http-ask.ts'
import type { IamTokens } from './iam-token.ts'
import { IAM_POLICY_CALLS } from './reading-allowed.ts'

/** Longest a call may take, in ms: what asks gives up soon after. */
const CALL_TIMEOUT_MS = 2_000
const ANSWER_LIMIT_BYTES = 4_194_304
/** Policies of one page, and pages that are read. */
const PAGE_SIZE = 100
const PAGE_LIMIT = 20

const attributesSchema = z.object({
  attributes: z.array(z.object({ name: z.string(), value: z.string(), operator: z.string().nullish() })),
})
const policySchema = z.object({
  id: z.string().nullish(),
  type: z.string(),
  state: z.string().nullish(),
  subjects: z.array(attributesSchema),
  resources: z.array(attributesSchema),
  roles: z.array(z.object({ role_id: z.string() })),
})
const listSchema = z.object({
  policies: z.array(policySchema),
  next: z.object({ start: z.string().nullish() }).nullish(),
})

type PolicyList = z.infer<typeof listSchema>

/** An attribute's value, or a pattern of values: `*` is any run of characters, `?` any one. Source: IAM, "stringMatch", "stringExists". */
export interface AuthorizationAttribute {
  value: string
  isPattern: boolean
}

/** What one authorization grants: the attributes of who may, of what, and the last part of its roles' names. */
export interface ServiceAuthorization {
  subject: ReadonlyMap<string, AuthorizationAttribute>
  resource: ReadonlyMap<string, AuthorizationAttribute>
  roles: readonly string[]
}

/** The one question that is asked of IAM Policy Management. It is a GET; no other call can be made. */
export interface IamPoliciesClient {
  /**
   * Every authorization of the account that our credentials may see. IAM shows none, and no refusal, to those who may not
   * read: an empty list is no proof that there are none.
   * @throws TransientError, TerminalError
   */
  authorizations(accountId: string): Promise<ServiceAuthorization[]>
}

export interface IamPoliciesOptions {
  /** Without a trailing slash, `https://iam.cloud.ibm.com`. */
  url: string
  tokens: IamTokens
  now: () => number
  observe?: CallObserver
  onCircuit?: CircuitOptions['onChange']
  timeoutMs?: number
}

/** Source: cloud.ibm.com/apidocs/iam-policy-management, "Get policies by attributes". */
export function createIamPoliciesClient(options: IamPoliciesOptions): IamPoliciesClient {
  const { url, tokens, now, observe, onCircuit, timeoutMs = CALL_TIMEOUT_MS } = options
  // A refusal may be about one account alone.
  const circuit = new Circuit({
    name: 'IAM',
    isOfCredentials: () => false,
    ...(onCircuit ? { onChange: onCircuit } : {}),
  })
  const what = 'IAM list authorizations'

  async function page(accountId: string, start: string | null): Promise<PolicyList> {
    const token = await tokens.current()
    const query = new URLSearchParams({
      account_id: accountId,
      type: 'authorization',
      state: 'active',
      limit: String(PAGE_SIZE),
      ...(start === null ? {} : { start }),
    })
    const ask = async () => {
      const answer = await askByGet({
        what,
        allowed: IAM_POLICY_CALLS,
        url: new URL(`${url}/v1/policies?${query}`),
        headers: { accept: 'application/json', authorization: `Bearer ${token}` },
        timeoutMs,
        limitBytes: ANSWER_LIMIT_BYTES,
      })
      if (answer.status === 401) tokens.forget(token)
      return toParsed(answer, { schema: listSchema, what, nowMs: now() })
    }
    return observed(observe, 'list authorizations', () => circuit.run(what, ask))
  }

  return {
    async authorizations(accountId) {
      const found: ServiceAuthorization[] = []
      let start: string | null = null
      for (let at = 0; at < PAGE_LIMIT; at += 1) {
        const { policies, next }: PolicyList = await page(accountId, start)
        found.push(...policies.filter(isActive).flatMap(toAuthorizations))
        start = next?.start || null
        if (start === null) return found
      }
      throw new TransientError('unknown', `${what}: more policies than are read`)
    },
  }
}

function isActive({ type, state }: z.infer<typeof policySchema>): boolean {
  return type === 'authorization' && (state ?? 'active') === 'active'
}

/** A policy has one subject and one resource; what has more is read as one authorization for each pair. */
function toAuthorizations({ subjects, resources, roles }: z.infer<typeof policySchema>): ServiceAuthorization[] {
  const names = roles.map(({ role_id }) => role_id.slice(role_id.lastIndexOf(':') + 1))
  return subjects.flatMap((subject) =>
    resources.map((resource) => ({ subject: toMap(subject), resource: toMap(resource), roles: names })),
  )
}

function toMap({ attributes }: z.infer<typeof attributesSchema>): ReadonlyMap<string, AuthorizationAttribute> {
  return new Map(attributes.map((attribute) => [attribute.name, toAttribute(attribute)]))
}

function toAttribute({ value, operator }: { value: string; operator?: string | null | undefined }) {
  if (operator === 'stringExists' && value === 'true') return { value: '*', isPattern: true }
  return { value, isPattern: operator === 'stringMatch' }
}
