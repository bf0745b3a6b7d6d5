import { z } from 'zod'
import type { Secret } from '../config/secret.ts'
import { TerminalError, TransientError } from '../errors.ts'
import { safeEqual } from '../model/safe-equal.ts'
import { type Answer, askByForm, observed, refuseFailure, toParsed } from './http-ask.ts'
import { IAM_TOKEN_CALLS } from './reading-allowed.ts'

const CALL_TIMEOUT_MS = 10_000
const ANSWER_LIMIT_BYTES = 65_536
/** A token is replaced this long before it ends (it lives an hour), in ms. */
const RENEW_BEFORE_MS = 300_000
/** IAM answers 400 to a key that it does not know or that is locked. Source: cloud.ibm.com/docs/account, "IAM error codes". */
const IAM_CODE = /^BXNIM\d{4}E$/
const WHAT = 'IBM Cloud IAM get token'

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().int().positive() })
const refusalSchema = z.object({ errorCode: z.string().regex(IAM_CODE) })

export interface IamTokenOptions {
  /** Without a trailing slash, `https://iam.cloud.ibm.com`. */
  url: string
  apiKey: Secret
  now: () => number
  observe?: ((operation: string, outcome: string, seconds: number) => void) | undefined
  timeoutMs?: number
}

/** The access token of an IBM Cloud API key, asked for when needed and kept until shortly before it ends. */
export interface IamTokens {
  /** The token to send. @throws TransientError or TerminalError where there is none. */
  current(): Promise<string>
  /** Forgets a token that a service refused, so that the next call asks for another. */
  forget(token: string): void
}

interface Known {
  /** The key that the token was asked for with: another one in its file makes it old. */
  apiKey: string
  answer: Promise<{ token: string; renewAtMs: number }>
}

/** Source: cloud.ibm.com/apidocs/iam-identity-token-api, "Create an IAM access token for a user or service ID using an API key". */
export function createIamTokens({
  url,
  apiKey,
  now,
  observe,
  timeoutMs = CALL_TIMEOUT_MS,
}: IamTokenOptions): IamTokens {
  let known: Known | null = null
  let lastToken: string | null = null

  async function ask(key: string): Promise<{ token: string; renewAtMs: number }> {
    const askedAtMs = now()
    const answer = await askByForm(
      {
        what: WHAT,
        allowed: IAM_TOKEN_CALLS,
        url: new URL(`${url}/identity/token`),
        headers: { accept: 'application/json' },
        timeoutMs,
        limitBytes: ANSWER_LIMIT_BYTES,
      },
      new URLSearchParams({ grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey: key }),
    )
    refuseKey(answer, now())
    const { access_token, expires_in } = toParsed(answer, { schema: tokenSchema, what: WHAT, nowMs: now() })
    // By the time that passed here, not by the end that IAM names: the two clocks need not agree.
    const lifeMs = expires_in * 1_000
    lastToken = access_token
    return { token: access_token, renewAtMs: askedAtMs + Math.max(lifeMs - RENEW_BEFORE_MS, lifeMs / 2) }
  }

  function askedWith(key: string): Known | null {
    return known !== null && safeEqual(known.apiKey, key) ? known : null
  }

  async function current(): Promise<string> {
    const key = read(apiKey)
    const before = askedWith(key)
    if (before) {
      const { token, renewAtMs } = await before.answer
      if (now() < renewAtMs) return token
      if (known === before) known = null
    }
    const renewed = askedWith(key)
    if (renewed) return (await renewed.answer).token
    // One question for all that wait; a failed one is forgotten.
    const asked: Known = { apiKey: key, answer: observed(observe, 'get token', () => ask(key)) }
    known = asked
    asked.answer.catch(() => {
      if (known === asked) known = null
    })
    return (await asked.answer).token
  }

  return {
    current,
    forget(token) {
      if (lastToken !== null && safeEqual(token, lastToken)) known = null
    },
  }
}

function refuseKey(answer: Answer, nowMs: number): void {
  if (answer.status !== 400) return
  let body: unknown = null
  try {
    body = JSON.parse(answer.text)
  } catch {
    // Without a code it is a refusal like any other.
  }
  const refusal = refusalSchema.safeParse(body)
  if (refusal.success)
    throw new TerminalError('unauthorized', `${WHAT}: the API key was refused`, refusal.data.errorCode)
  refuseFailure(answer, { what: WHAT, nowMs })
}

function read(secret: Secret): string {
  try {
    return secret.read()
  } catch {
    throw new TransientError('not-sent', 'IBM Cloud IAM: the API key can not be read')
  }
}
