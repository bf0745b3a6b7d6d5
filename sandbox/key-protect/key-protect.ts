import type { SandboxRequest, SandboxResponse, Upstream } from '../upstream.ts'

export interface SandboxKey {
  id: string
  name: string
  /** 0 pre-activation, 1 active, 2 suspended, 3 deactivated, 5 destroyed. */
  state: number
  /** Default `default`. */
  keyRing?: string
  /** UTC ISO 8601. */
  expirationDate?: string
}

export interface SandboxRegistration {
  keyId: string
  resourceCrn: string
  /** Whether the resource keeps the key from being deleted. Default false. */
  preventKeyDeletion?: boolean
}

/** An instance of Key Protect or of Hyper Protect Crypto Services: both speak the same API. */
export interface SandboxKeyInstance {
  id: string
  service: 'kms' | 'hs-crypto'
  region: string
  account: string
  keys: SandboxKey[]
  registrations: SandboxRegistration[]
}

const KEY = /^\/api\/v2\/keys\/([^/]+)\/metadata$/
const DEFAULT_LIMIT = 200
const LARGEST_LIMIT = 5_000
/** The instance of HPCS stands in its host name, for which a segment of the path stands here. */
const HOST = /^\/([a-z0-9-]+)(\/.*)$/

/** Key Protect in every region, below `/key-protect/REGION`, and HPCS below `/key-protect/INSTANCE`. It deletes nothing. */
export class KeyProtectSandbox implements Upstream {
  readonly name = 'key-protect'
  readonly prefix = '/key-protect'
  readonly #isToken: (authorization: string | undefined) => boolean
  readonly #instances = new Map<string, SandboxKeyInstance>()

  constructor({ isToken }: { isToken: (authorization: string | undefined) => boolean }) {
    this.#isToken = isToken
  }

  addInstance(instance: Omit<SandboxKeyInstance, 'keys' | 'registrations'>): SandboxKeyInstance {
    const added = { ...instance, keys: [], registrations: [] }
    this.#instances.set(instance.id, added)
    return added
  }

  /** @throws RangeError when there is none of this id */
  instance(id: string): SandboxKeyInstance {
    const found = this.#instances.get(id)
    if (!found) throw new RangeError(`no instance ${id}`)
    return found
  }

  async handle({ method, path, query, headers }: SandboxRequest): Promise<SandboxResponse> {
    const [, host = '', below = ''] = HOST.exec(path) ?? []
    if (!this.#isToken(headers.authorization)) return refused(401, 'Unauthorized: The user does not have access')
    const instance = this.#instances.get(headers['bluemix-instance'] ?? '')
    if (headers['bluemix-instance'] === undefined) return refused(400, 'Bad Request: Missing header Bluemix-Instance')
    if (!instance || host !== (instance.service === 'kms' ? instance.region : instance.id))
      return refused(404, 'Not Found: Instance does not exist')
    if (method !== 'GET') return refused(405, 'Method Not Allowed')
    if (below === '/api/v2/keys/registrations') return listRegistrations(instance, query)
    const keyId = KEY.exec(below)?.[1]
    const key = keyId === undefined ? undefined : instance.keys.find(({ id }) => id === keyId)
    return key
      ? { status: 200, body: collection('key', [toMetadata(instance, key)]) }
      : refused(404, 'Not Found: Key does not exist')
  }

  snapshot(): unknown {
    return [...this.#instances.values()]
  }

  reset(): void {
    this.#instances.clear()
  }
}

function listRegistrations(instance: SandboxKeyInstance, query: URLSearchParams): SandboxResponse {
  const matches = toCrnQuery(query.get('urlEncodedResourceCRNQuery'))
  const found = instance.registrations.filter(({ resourceCrn }) => matches(resourceCrn))
  const offset = Number(query.get('offset') ?? 0)
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT)
  if (limit < 1 || limit > LARGEST_LIMIT) return refused(400, 'Bad Request: limit must be 1 to 5000')
  const page = found.slice(offset, offset + limit)
  const body = collection(
    'registration',
    page.map((registration) => toRegistration(registration)),
  )
  if (query.get('totalCount') === 'true') Object.assign(body.metadata, { totalCount: found.length })
  return { status: 200, body }
}

/** Everything; one CRN; or, ending in an asterisk, all that begin so. */
function toCrnQuery(query: string | null): (crn: string) => boolean {
  if (query === null) return () => true
  const beginning = query.replace(/(?::\*)+$/, ':')
  if (beginning !== query) return (crn) => crn.startsWith(beginning)
  return query.endsWith('*') ? (crn) => crn.startsWith(query.slice(0, -1)) : (crn) => crn === query
}

function toRegistration({ keyId, resourceCrn, preventKeyDeletion = false }: SandboxRegistration): object {
  return {
    keyId,
    resourceCrn,
    createdBy: 'crn-crn:v1:bluemix:public:containers-kubernetes::::',
    creationDate: '2024-05-12T05:23:19+0000',
    lastUpdated: '2024-05-12T05:23:19+0000',
    preventKeyDeletion,
    keyVersion: { id: keyId, creationDate: '2024-05-12T05:23:19+0000' },
  }
}

function toMetadata({ service, region, account, id: instance }: SandboxKeyInstance, key: SandboxKey): object {
  return {
    type: 'application/vnd.ibm.kms.key+json',
    id: key.id,
    name: key.name,
    state: key.state,
    extractable: false,
    crn: `crn:v1:bluemix:public:${service}:${region}:a/${account}:${instance}:key:${key.id}`,
    keyRingID: key.keyRing ?? 'default',
    deleted: key.state === 5,
    ...(key.expirationDate !== undefined && { expirationDate: key.expirationDate }),
  }
}

function collection(of: 'key' | 'registration', resources: readonly object[]) {
  return {
    metadata: { collectionType: `application/vnd.ibm.kms.${of}+json`, collectionTotal: resources.length },
    resources,
  }
}

function refused(status: number, errorMsg: string): SandboxResponse {
  return {
    status,
    body: {
      metadata: { collectionType: 'application/vnd.ibm.kms.error+json', collectionTotal: 1 },
      resources: [{ errorMsg }],
    },
  }
}
