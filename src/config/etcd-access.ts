import type { Policy } from './policy.ts'
import { type Secret, secretFromFile } from './secret.ts'

/** How one etcd is reached. Passwords and PEM files are read at use, so that a rotated one counts. */
export interface EtcdAccess {
  /** `http://HOST:PORT` or `https://HOST:PORT` of each member, without a slash at the end; all of one scheme. */
  endpoints: readonly string[]
  auth: { username: string; password: Secret } | null
  /** PEM. Null trusts the system's authorities. */
  ca: Secret | null
  /** PEM of our own certificate and its key. */
  client: { certificate: Secret; key: Secret } | null
}

/** The etcd of each region. Where any region is named, one that is not has none. Source: PRODUCT.md, policy `etcd`. */
export interface EtcdConfig {
  /** Serves every region, unless `regions` names any. */
  fallback: EtcdAccess | null
  regions: ReadonlyMap<string, EtcdAccess>
}

interface Given {
  endpoints: readonly string[]
  username: string | undefined
  password: Secret | null
  caFile: string | undefined
  certFile: string | undefined
  keyFile: string | undefined
}

/** What each setting is called where it was given, so that a fault names it. */
type Names = Readonly<Record<keyof Given, string>>

const ENVIRONMENT_NAMES: Names = {
  endpoints: 'ETCD_ENDPOINTS',
  username: 'ETCD_USERNAME',
  password: 'ETCD_PASSWORD',
  caFile: 'ETCD_CA_FILE',
  certFile: 'ETCD_CERT_FILE',
  keyFile: 'ETCD_KEY_FILE',
}
/** The port is asked for: http's and https's own ports are not etcd's. */
const ENDPOINT = /^(https?):\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})\/?$/

/** The etcds of the environment and the policy, or null where neither names one. Faults are added, each with its name. */
export function readEtcdConfig(
  environment: Readonly<Record<string, string | undefined>>,
  {
    password,
    policy,
    faults,
  }: {
    /** Of ETCD_PASSWORD or ETCD_PASSWORD_FILE. */
    password: Secret | null
    policy: Policy['etcd']
    faults: string[]
  },
): EtcdConfig | null {
  const endpoints = (environment.ETCD_ENDPOINTS ?? '').split(',').map((part) => part.trim())
  const fallback = toAccess(
    {
      endpoints: endpoints.filter((endpoint) => endpoint !== ''),
      username: environment.ETCD_USERNAME,
      password,
      caFile: environment.ETCD_CA_FILE,
      certFile: environment.ETCD_CERT_FILE,
      keyFile: environment.ETCD_KEY_FILE,
    },
    ENVIRONMENT_NAMES,
    faults,
  )
  const regions = new Map<string, EtcdAccess>()
  for (const [region, { passwordFile, ...rest }] of Object.entries(policy.regions)) {
    const under = `policy etcd.regions.${region}`
    const names: Names = {
      endpoints: `${under}.endpoints`,
      username: `${under}.username`,
      password: `${under}.passwordFile`,
      caFile: `${under}.caFile`,
      certFile: `${under}.certFile`,
      keyFile: `${under}.keyFile`,
    }
    const given: Given = {
      endpoints: rest.endpoints,
      username: rest.username,
      password: readableFile(passwordFile, names.password, faults),
      caFile: rest.caFile,
      certFile: rest.certFile,
      keyFile: rest.keyFile,
    }
    const access = toAccess(given, names, faults)
    if (access) regions.set(region, access)
  }
  return fallback || regions.size > 0 ? { fallback, regions } : null
}

function toAccess(given: Given, names: Names, faults: string[]): EtcdAccess | null {
  const { endpoints, username, password } = given
  const [ca, certificate, key] = (['caFile', 'certFile', 'keyFile'] as const).map((which) =>
    readableFile(given[which], names[which], faults),
  )
  if (endpoints.length === 0) {
    const orphans = (Object.keys(names) as (keyof Given)[]).filter((which) => which !== 'endpoints' && given[which])
    for (const which of orphans) faults.push(`${names[which]}: is given without ${names.endpoints}`)
    return null
  }
  for (const endpoint of endpoints) {
    const match = ENDPOINT.exec(endpoint)
    if (!match || Number(match[2]) > 65_535)
      faults.push(`${names.endpoints}: each must be http://HOST:PORT or https://HOST:PORT`)
  }
  const secure = endpoints.filter((endpoint) => endpoint.startsWith('https:')).length
  if (secure > 0 && secure < endpoints.length) faults.push(`${names.endpoints}: http and https can't be mixed`)
  if (username && !password) faults.push(`${names.password}: is required with ${names.username}`)
  if (password && !username) faults.push(`${names.username}: is required with ${names.password}`)
  if (given.certFile && !given.keyFile) faults.push(`${names.keyFile}: is required with ${names.certFile}`)
  if (given.keyFile && !given.certFile) faults.push(`${names.certFile}: is required with ${names.keyFile}`)
  if (given.certFile && !given.caFile) faults.push(`${names.caFile}: is required with ${names.certFile}`)
  if (given.caFile && secure === 0) faults.push(`${names.caFile}: needs https endpoints in ${names.endpoints}`)
  return {
    endpoints: [...new Set(endpoints.map((endpoint) => endpoint.replace(/\/$/, '')))],
    auth: username && password ? { username, password } : null,
    ca: ca ?? null,
    client: certificate && key ? { certificate, key } : null,
  }
}

function readableFile(path: string | undefined, name: string, faults: string[]): Secret | null {
  if (!path) return null
  const secret = secretFromFile(path)
  try {
    if (secret.read() === '') faults.push(`${name}: the file is empty`)
  } catch {
    faults.push(`${name}: the file can't be read`)
  }
  return secret
}
