import { SandboxClock } from '../../sandbox/clock.ts'
import { DEFAULT_REPOSITORY, type Flavour, GithubSandbox } from '../../sandbox/github/github.ts'
import { Ledger } from '../../sandbox/ledger.ts'

export interface GithubAnswer {
  status: number
  headers: Record<string, string>
  body: Record<string, unknown>
  /** The body where it is a list. */
  list: Record<string, unknown>[]
}

/** A fresh GitHub with its clock and ledger, and a caller; paths that begin with `issues` or `labels` mean the default repository. */
export function createGithub(options: { flavour?: Flavour } = {}) {
  const clock = new SandboxClock()
  const ledger = new Ledger()
  const github = new GithubSandbox({ clock, ledger }, options)

  async function call(
    method: string,
    path: string,
    body?: unknown,
    authorization = 'Bearer ghp_test',
  ): Promise<GithubAnswer> {
    const full = /^(issues|labels)/.test(path) ? `/repos/${DEFAULT_REPOSITORY}/${path}` : path
    const url = new URL(full, 'http://sandbox')
    const answer = await github.handle({
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: { host: 'sandbox', ...(authorization && { authorization }) },
      rawBody: body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body),
    })
    const list = Array.isArray(answer.body) ? answer.body.map((one: object) => ({ ...one })) : []
    const single = typeof answer.body === 'object' && !Array.isArray(answer.body) ? { ...answer.body } : {}
    return { status: answer.status, headers: answer.headers ?? {}, body: single, list }
  }

  return { clock, ledger, github, call }
}

/** A JWT of the shape GitHub wants, unsigned in truth. */
export function toJwt(
  claims: Record<string, unknown>,
  header: Record<string, unknown> = { alg: 'RS256', typ: 'JWT' },
): string {
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
  return `${encode(header)}.${encode(claims)}.c2lnbmF0dXJl`
}
