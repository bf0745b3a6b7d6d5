import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ServiceDefinition } from '@grpc/grpc-js'

/** The gRPC library and the service definitions that etcd's own client brings along: 36 MB, so loaded on demand. */
export interface EtcdWire {
  grpc: typeof import('@grpc/grpc-js')
  services: Readonly<Record<'KV' | 'Maintenance' | 'Auth', ServiceDefinition>>
}

export function loadEtcdWire(): EtcdWire {
  const main = createRequire(import.meta.url).resolve('etcd3')
  const requireBeside = createRequire(main)
  const grpc: typeof import('@grpc/grpc-js') = requireBeside('@grpc/grpc-js')
  const loader: typeof import('@grpc/proto-loader') = requireBeside('@grpc/proto-loader')
  const definitions = loader.loadSync(join(dirname(main), '..', 'proto', 'rpc.proto'), {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  })
  const service = (name: string): ServiceDefinition => {
    const found = definitions[`etcdserverpb.${name}`]
    if (!found || 'format' in found) throw new Error(`etcd's definitions have no service ${name}`)
    return found
  }
  return { grpc, services: { KV: service('KV'), Maintenance: service('Maintenance'), Auth: service('Auth') } }
}
