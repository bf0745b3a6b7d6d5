import { createPrivateKey } from 'node:crypto'
import type { Secret } from './secret.ts'

/** How the responder proves itself to GitHub: the token of a user, or an app's installation. */
export type GithubCredentials =
  | { kind: 'token'; token: Secret }
  | { kind: 'app'; appId: string; privateKey: Secret; installationId: number }

export interface GithubAccess {
  /** Without a trailing slash; `https://HOST/api/v3` for an Enterprise Server. */
  apiUrl: string
  /** `owner/name` */
  repository: string
  credentials: GithubCredentials
}

/** What the environment says of GitHub, as checked by its own rule each. */
interface GithubVariables {
  apiUrl: string
  repository: string | undefined
  appId: string | undefined
  installationId: string | undefined
  token: Secret | null
  privateKey: Secret | null
}

/** GitHub's access, or null where no issues are to be opened; whatever is missing or too much joins the faults. */
export function toGithubAccess(given: GithubVariables, faults: string[]): GithubAccess | null {
  const { repository, token } = given
  const isApp = given.appId !== undefined || given.privateKey !== null || given.installationId !== undefined
  if (repository === undefined && !token && !isApp) return null
  if (repository === undefined)
    faults.push('GITHUB_REPOSITORY: is required to open issues: owner/name of the repository that takes them')
  if (token && isApp) faults.push('GITHUB_TOKEN: is given beside a GitHub App: unset it, or the GITHUB_APP_ variables')
  if (!token && !isApp)
    faults.push(
      'GITHUB_TOKEN: is required with GITHUB_REPOSITORY; or GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY and GITHUB_APP_INSTALLATION_ID',
    )
  const app = isApp ? toApp(given, faults) : null
  const credentials: GithubCredentials | null = token ? { kind: 'token', token } : app
  return repository === undefined || !credentials
    ? null
    : { apiUrl: given.apiUrl.replace(/\/+$/, ''), repository, credentials }
}

function toApp({ appId, installationId, privateKey }: GithubVariables, faults: string[]): GithubCredentials | null {
  if (appId === undefined) faults.push('GITHUB_APP_ID: is required for a GitHub App')
  if (installationId === undefined) faults.push('GITHUB_APP_INSTALLATION_ID: is required for a GitHub App')
  if (!privateKey) faults.push('GITHUB_APP_PRIVATE_KEY: is required for a GitHub App, or GITHUB_APP_PRIVATE_KEY_FILE')
  else if (!isPrivateKey(privateKey)) faults.push('GITHUB_APP_PRIVATE_KEY: is no RSA private key in PEM form')
  if (appId === undefined || installationId === undefined || !privateKey) return null
  return { kind: 'app', appId, privateKey, installationId: Number(installationId) }
}

function isPrivateKey(secret: Secret): boolean {
  let text: string
  try {
    text = secret.read()
  } catch {
    return true // An unreadable file has its own fault.
  }
  try {
    return createPrivateKey(toPem(text)).asymmetricKeyType === 'rsa'
  } catch {
    return text === '' // An empty file too.
  }
}

/** An environment variable often holds the key on one line, its line ends written as `\n`. */
export function toPem(key: string): string {
  return key.replaceAll('\\n', '\n')
}
