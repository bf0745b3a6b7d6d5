import { hash, timingSafeEqual } from 'node:crypto'

/**
 * True when both texts are the same. Takes as long for any two of the same lengths, wherever they differ, and accepts
 * different lengths: the only comparison that may be used on a secret, a token or a signature.
 */
export function safeEqual(left: string, right: string): boolean {
  return timingSafeEqual(hash('sha256', left, 'buffer'), hash('sha256', right, 'buffer'))
}
