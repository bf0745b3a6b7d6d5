import type { handleUnaryCall, Server, ServiceError } from '@grpc/grpc-js'
import { type EtcdWire, loadEtcdWire } from './wire.ts'

/** `refuses` lacks the permission to read, `hangs` takes the call and never answers. */
export type EtcdBehaviour = 'well' | 'unavailable' | 'refuses' | 'hangs'

interface RangeRequest {
  key: Buffer
  count_only: boolean
}
interface TxnRequest {
  success: { request_range?: RangeRequest | null }[]
}

const FIRST_CLUSTER_ID = '14841639068965178418'
const MEMBER_ID = '10276657743932975437'
/** gRPC status codes. Source: grpc.github.io, statuscodes. */
const PERMISSION_DENIED = 7
const UNAVAILABLE = 14

/**
 * One etcd of one member, spoken over gRPC on loopback: exact reads, transactions of them, status, and a login that takes
 * anybody. It listens only after `start`, since its library is large.
 */
export class EtcdSandbox {
  behaviour: EtcdBehaviour = 'well'
  clusterId = FIRST_CLUSTER_ID
  /** Decimal; every put or removal adds one. */
  revision = 1n
  /** Raised alarms, such as `NOSPACE` or `CORRUPT`. */
  alarms: string[] = []
  /** How often it was called, refusals included. */
  calls = 0
  /** Given at each login, oldest first; any is taken. */
  readonly passwords: string[] = []
  /** `http://127.0.0.1:PORT`, or empty before `start`. */
  endpoint = ''
  readonly #keys = new Map<string, string>()
  #server: Server | null = null

  /** Listens on a free port and gives its address; once it listens, the same again. */
  async start(): Promise<string> {
    if (this.#server) return this.endpoint
    const { grpc, services } = loadEtcdWire()
    const server = new grpc.Server()
    server.addService(services.KV, { range: this.#handler(this.#range), txn: this.#handler(this.#txn) })
    server.addService(services.Maintenance, { status: this.#handler(this.#status) })
    server.addService(services.Auth, { authenticate: this.#handler(this.#authenticate) })
    this.#server = server
    const port = await listen(server, grpc)
    this.endpoint = `http://127.0.0.1:${port}`
    return this.endpoint
  }

  put(key: string, value = ''): void {
    this.#keys.set(key, value)
    this.revision += 1n
  }

  remove(key: string): void {
    if (this.#keys.delete(key)) this.revision += 1n
  }

  /** Loses every key, as a restore of nothing does; cluster id and revision stay. */
  empty(): void {
    this.#keys.clear()
  }

  reset(): void {
    this.#keys.clear()
    this.behaviour = 'well'
    this.clusterId = FIRST_CLUSTER_ID
    this.revision = 1n
    this.alarms = []
    this.calls = 0
    this.passwords.length = 0
  }

  /** Ends every call, hung ones too. */
  close(): void {
    this.#server?.forceShutdown()
    this.#server = null
    this.endpoint = ''
  }

  #handler<T>(answer: (request: T) => object): handleUnaryCall<T, object> {
    return ({ request }, reply) => {
      this.calls += 1
      switch (this.behaviour) {
        case 'well':
          return reply(null, answer(request))
        case 'unavailable':
          return reply(fault(UNAVAILABLE, 'etcdserver: no leader'))
        case 'refuses':
          return reply(fault(PERMISSION_DENIED, 'etcdserver: permission denied'))
        case 'hangs':
          return undefined
        default:
          return this.behaviour satisfies never
      }
    }
  }

  #header() {
    return { cluster_id: this.clusterId, member_id: MEMBER_ID, revision: String(this.revision), raft_term: '2' }
  }

  readonly #range = ({ key, count_only }: RangeRequest) => {
    const name = key.toString()
    const value = this.#keys.get(name)
    const kvs = value === undefined || count_only ? [] : [{ key, value: Buffer.from(value) }]
    return { header: this.#header(), kvs, more: false, count: value === undefined ? '0' : '1' }
  }

  readonly #txn = ({ success }: TxnRequest) => ({
    header: this.#header(),
    succeeded: true,
    responses: success.map(({ request_range }) => ({
      response_range: request_range ? this.#range(request_range) : null,
    })),
  })

  readonly #authenticate = ({ password }: { password: string }) => {
    this.passwords.push(password)
    return { header: this.#header(), token: `sandbox.${this.passwords.length}` }
  }

  readonly #status = () => ({
    header: this.#header(),
    version: '3.4.23',
    leader: MEMBER_ID,
    errors: this.alarms.map((alarm) => `memberID:${MEMBER_ID} alarm:${alarm} `),
  })
}

function fault(code: number, details: string): Partial<ServiceError> {
  return { code, details, message: details }
}

function listen(server: Server, grpc: EtcdWire['grpc']): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error)
      else resolve(port)
    })
  })
}
