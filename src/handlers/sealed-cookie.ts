import { z } from 'zod'

/** Bytes of a key. Source: AES-256. */
export const KEY_BYTES = 32

/** What a sealed text is for: one of a kind never opens as another. */
export type Purpose = 'session' | 'oidc'

/** A text that only who has the key can read or make, good until a time. */
export interface Sealed {
  id: string
  payload: unknown
  /** Milliseconds since the epoch. */
  endsAtMs: number
}

/** The value of a cookie that holds the payload. The browser can neither read nor change it. Source: RFC 7516, `dir`. */
export async function seal(key: Uint8Array, purpose: Purpose, { id, payload, endsAtMs }: Sealed): Promise<string> {
  const { EncryptJWT } = await import('jose/jwt/encrypt') // 7 MB, needed once somebody signs in.
  return new EncryptJWT({ payload })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setJti(id)
    .setAudience(purpose)
    .setExpirationTime(Math.floor(endsAtMs / 1_000))
    .encrypt(key)
}

const Claims = z.object({ jti: z.string(), exp: z.number(), payload: z.unknown() })

/** What a cookie holds, or null where it is not one of ours, for something else, or over. */
export async function unseal(
  { key, purpose, nowMs }: { key: Uint8Array; purpose: Purpose; nowMs: number },
  sealed: string,
): Promise<Sealed | null> {
  const { jwtDecrypt } = await import('jose/jwt/decrypt')
  try {
    const { payload } = await jwtDecrypt(sealed, key, {
      audience: purpose,
      currentDate: new Date(nowMs),
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    const claims = Claims.parse(payload)
    return { id: claims.jti, payload: claims.payload, endsAtMs: claims.exp * 1_000 }
  } catch {
    return null
  }
}
