import { z } from 'zod'
import type { Etcd } from './etcd.ts'

const ROOT_PASSWORD = 'root-password'
/** Password of the user `reader`. */
export const READER_PASSWORD = 'reader-password'

/** One request of etcd's JSON gateway, where keys and values are base64. */
export async function etcdRequest(url: string, path: string, body: object, token?: string): Promise<unknown> {
  const response = await fetch(`${url}/v3/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    ...(token ? { headers: { authorization: token } } : {}),
    signal: AbortSignal.timeout(5_000),
  })
  if (!response.ok) throw new Error(`etcd answered ${response.status}: ${await response.text()}`)
  return response.json()
}

/** Stores a record under the exact key. */
export async function put({ url }: Etcd, key: string): Promise<void> {
  await etcdRequest(url, 'kv/put', { key: btoa(key), value: btoa('record') })
}

/** Deletes the exact key. */
export async function remove({ url }: Etcd, key: string): Promise<void> {
  await etcdRequest(url, 'kv/deleterange', { key: btoa(key) })
}

/** Switches authentication on, with a user `reader` whose role may read from `from` up to, and not with, `to`. */
export async function enableAuth({ url }: Etcd, { from, to }: { from: string; to: string }): Promise<void> {
  await etcdRequest(url, 'auth/user/add', { name: 'root', password: ROOT_PASSWORD })
  await etcdRequest(url, 'auth/user/grant', { user: 'root', role: 'root' })
  await etcdRequest(url, 'auth/user/add', { name: 'reader', password: READER_PASSWORD })
  await etcdRequest(url, 'auth/role/add', { name: 'clusters' })
  const permission = { permType: 'READ', key: btoa(from), range_end: btoa(to) }
  await etcdRequest(url, 'auth/role/grant', { name: 'clusters', perm: permission })
  await etcdRequest(url, 'auth/user/grant', { user: 'reader', role: 'clusters' })
  await etcdRequest(url, 'auth/enable', {})
}

/** Switches authentication off again, as root. */
export async function disableAuth({ url }: Etcd): Promise<void> {
  const answer = await etcdRequest(url, 'auth/authenticate', { name: 'root', password: ROOT_PASSWORD })
  const { token } = z.object({ token: z.string() }).parse(answer)
  await etcdRequest(url, 'auth/disable', {}, token)
}
