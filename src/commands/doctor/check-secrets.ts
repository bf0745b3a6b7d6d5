import type { Config } from '../../config/config.ts'
import { readList, readOperators, type Secret } from '../../config/secret.ts'
import { type Finding, ok, warn } from './finding.ts'

/** Fewer bytes than this can be guessed where they are words, and say nothing of how random they are. Source: Standard Webhooks, "Signature scheme". */
const LEAST_BYTES = 24

/** Whether what lets others in is long enough. Nothing of a secret is said but its name and that it is short. */
export function checkSecrets(config: Config): Finding[] {
  const inbound: [string, string[]][] = [
    ['ALERTMANAGER_WEBHOOK_TOKENS', listOf(config.alertmanagerTokens)],
    ['PAGERDUTY_WEBHOOK_SECRETS', listOf(config.pagerdutyWebhookSecrets)],
    ['SLACK_SIGNING_SECRET', listOf(config.slack?.signingSecret ?? null)],
    ...operatorsOf(config.operatorTokens).map(({ name, token }): [string, string[]] => [
      `OPERATOR_TOKENS of ${name}`,
      [token],
    ]),
  ]
  const short = inbound.filter(([, secrets]) => secrets.some((secret) => Buffer.byteLength(secret) < LEAST_BYTES))
  if (short.length === 0) return [ok('inbound secrets', `each has ${LEAST_BYTES} bytes or more`)]
  return short.map(([name]) =>
    warn(
      'inbound secrets',
      `${name}: has fewer than ${LEAST_BYTES} bytes: it may be guessed`,
      'make another with openssl rand -hex 24, and rotate it in',
    ),
  )
}

/** Empty where there is none, or its file can't be read: that has a line of its own. */
function listOf(secret: Secret | null): string[] {
  try {
    return secret ? readList(secret) : []
  } catch {
    return []
  }
}

function operatorsOf(secret: Secret): { name: string; token: string }[] {
  try {
    return readOperators(secret)
  } catch {
    return []
  }
}
