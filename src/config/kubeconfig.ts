import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

/** Where a Kubernetes API server is, and how we prove ourselves to it. Certificates and keys are PEM. */
export interface KubernetesTarget {
  /** `https://HOST:PORT`, perhaps with a path; without a trailing slash. */
  server: string
  /** Null trusts the system's authorities. */
  ca: string | null
  /** Name that the server's certificate must have, where it is not the address. */
  serverName: string | null
  credentials: { kind: 'token'; token: string } | { kind: 'certificate'; certificate: string; key: string }
}

/** A kubeconfig file as far as it is used. */
export interface Kubeconfig {
  currentContext: string | null
  contexts: readonly string[]
  /** @throws Error with one sentence, without a secret, where the context can't be used. */
  target(context: string): KubernetesTarget
}

const text = z.string().min(1)
const clusterSchema = z.object({
  server: z.url({ protocol: /^https?$/ }),
  'certificate-authority-data': text.optional(),
  'certificate-authority': text.optional(),
  'tls-server-name': text.optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
})
const userSchema = z.object({
  token: text.optional(),
  tokenFile: text.optional(),
  'client-certificate-data': text.optional(),
  'client-certificate': text.optional(),
  'client-key-data': text.optional(),
  'client-key': text.optional(),
})
const kubeconfigSchema = z.object({
  'current-context': z.string().optional(),
  contexts: z.array(z.object({ name: text, context: z.object({ cluster: text, user: text }) })).min(1),
  clusters: z.array(z.object({ name: text, cluster: clusterSchema })),
  users: z.array(z.object({ name: text, user: userSchema })),
})

/**
 * The kubeconfig of a file, read anew at each call: a rotated token counts. Source: kubernetes.io, "Organizing Cluster
 * Access Using kubeconfig Files".
 * @throws Error with one sentence, without a secret, where it can't be read or used.
 */
export function readKubeconfig(path: string): Kubeconfig {
  const parsed = kubeconfigSchema.safeParse(parseYaml(readFile(path, 'the file')))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`is no kubeconfig: ${issue ? `${issue.path.join('.')}: ${issue.message}` : 'unknown shape'}`)
  }
  const { contexts, clusters, users, 'current-context': current } = parsed.data
  const at = (file: string) => resolve(dirname(path), file)

  function target(name: string): KubernetesTarget {
    const context = contexts.find((one) => one.name === name)?.context
    const cluster = clusters.find((one) => one.name === context?.cluster)?.cluster
    const user = users.find((one) => one.name === context?.user)?.user
    if (!cluster || !user) throw new Error(`context ${name}: its cluster or its user is missing`)
    // An error here would be no error of a call: whoever answered could show us anything.
    if (cluster['insecure-skip-tls-verify']) throw new Error(`context ${name}: insecure-skip-tls-verify is not taken`)
    return {
      server: cluster.server.replace(/\/+$/, ''),
      ca: pem(cluster['certificate-authority-data'], cluster['certificate-authority'], at),
      serverName: cluster['tls-server-name'] ?? null,
      credentials: toCredentials(user, { name, at }),
    }
  }

  return { currentContext: current || null, contexts: contexts.map(({ name }) => name), target }
}

function toCredentials(
  user: z.infer<typeof userSchema>,
  { name, at }: { name: string; at: (file: string) => string },
): KubernetesTarget['credentials'] {
  const token = user.tokenFile ? readFile(at(user.tokenFile), 'tokenFile').trim() : user.token
  if (token) return { kind: 'token', token }
  const certificate = pem(user['client-certificate-data'], user['client-certificate'], at)
  const key = pem(user['client-key-data'], user['client-key'], at)
  if (certificate && key) return { kind: 'certificate', certificate, key }
  throw new Error(`context ${name}: its user has no token and no client certificate; programs (exec) are not run`)
}

/** Data wins over a file, as in kubectl. */
function pem(data: string | undefined, file: string | undefined, at: (file: string) => string): string | null {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8')
  return file === undefined ? null : readFile(at(file), 'a certificate or key file')
}

function readFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new Error(`${what} can't be read`)
  }
}

function parseYaml(source: string): unknown {
  try {
    const parsed: unknown = parse(source)
    return parsed
  } catch {
    throw new Error('is no YAML')
  }
}
