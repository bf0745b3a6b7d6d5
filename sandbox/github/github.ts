import type { SandboxContext, SandboxRequest, SandboxResponse, Upstream } from '../upstream.ts'

/** Surface first: the body of this class is being filled in. */
export class GithubSandbox implements Upstream {
  readonly name = 'github'
  readonly prefix = '/github/api/v3'
  readonly context: SandboxContext

  constructor(context: SandboxContext) {
    this.context = context
  }

  handle(_request: SandboxRequest): Promise<SandboxResponse> {
    return Promise.resolve({ status: 501, body: { message: 'not yet' } })
  }

  snapshot(): unknown {
    return {}
  }

  reset(): void {}
}
