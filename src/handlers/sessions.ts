import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { safeEqual } from '../model/safe-equal.ts'
import { seal, unseal } from './sealed-cookie.ts'
import type { SessionLedger } from './session-ledger.ts'

/** How long a sign-in lasts. */
export const SESSION_MS = 12 * 3_600_000
/** Bytes of randomness in a session's id and in its form token. */
const ID_BYTES = 16
const FORM_TOKEN_BYTES = 32

export interface Operator {
  name: string
  token: string
}

/** Why somebody may act: a token of ours, or a line of `OIDC_OPERATORS` that the provider said to hold of them. */
const Proof = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token'), digest: z.string() }),
  z.object({ kind: z.literal('oidc'), issuer: z.string(), entry: z.string() }),
])
export type Proof = z.infer<typeof Proof>

const Contents = z.object({ name: z.string(), formToken: z.string(), proof: Proof })

export interface Session {
  name: string
  /** Stands in every form of the session; a page of another site can't read it. */
  formToken: string
}

/** What is configured now: a session whose ground was taken away ends. */
export interface Admission {
  operators: readonly Operator[]
  oidc: { issuer: string; operators: readonly string[] } | null
}

/**
 * Signed-in browsers. All of a session is sealed into its cookie, so that every replica knows it and a restart signs
 * nobody out; what the store keeps is the key, and which sessions were ended.
 */
export interface Sessions {
  /** The value of the cookie. @throws StoreUnavailableError */
  open(name: string, proof: Proof): Promise<string>
  /** The session, or null once it ended or what let its operator in is no longer configured. @throws StoreUnavailableError */
  find(cookie: string, admission: Admission): Promise<Session | null>
  /** @throws StoreUnavailableError */
  close(cookie: string): Promise<void>
}

export function createSessions(ledger: SessionLedger, now: () => number): Sessions {
  return {
    async open(name, proof) {
      const { key } = await ledger.read()
      const payload = { name, formToken: randomToken(FORM_TOKEN_BYTES), proof } satisfies z.infer<typeof Contents>
      return seal(key, 'session', { id: randomToken(ID_BYTES), payload, endsAtMs: now() + SESSION_MS })
    },
    async find(cookie, admission) {
      const { key, hasEnded } = await ledger.read()
      const sealed = await unseal({ key, purpose: 'session', nowMs: now() }, cookie)
      const contents = Contents.safeParse(sealed?.payload)
      if (!sealed || !contents.success || hasEnded(sealed.id)) return null
      const { name, formToken, proof } = contents.data
      return isAdmitted(name, proof, admission) ? { name, formToken } : null
    },
    async close(cookie) {
      const { key } = await ledger.read()
      const sealed = await unseal({ key, purpose: 'session', nowMs: now() }, cookie)
      if (sealed) await ledger.end(sealed.id, sealed.endsAtMs)
    },
  }
}

/** The proof of somebody who showed an operator's token. */
export function proofOfToken({ token }: Operator): Proof {
  return { kind: 'token', digest: digestOf(token) }
}

function isAdmitted(name: string, proof: Proof, { operators, oidc }: Admission): boolean {
  switch (proof.kind) {
    case 'token':
      return operators.some((operator) => operator.name === name && safeEqual(digestOf(operator.token), proof.digest))
    case 'oidc':
      return oidc !== null && oidc.issuer === proof.issuer && oidc.operators.includes(proof.entry)
    default: {
      const never: never = proof
      throw new Error(`unknown proof ${String(never)}`)
    }
  }
}

function randomToken(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
