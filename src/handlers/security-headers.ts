import { STYLE_HASH } from './pages/style.ts'

/** One year, in seconds. */
const HSTS_SECONDS = 31_536_000

/**
 * Headers that every answer carries, an error's too: no script but our own files, no frame, no foreign content, no cache,
 * no referrer.
 * Source: OWASP ASVS 3.4.
 */
export function securityHeaders(publicUrl: string | null): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `style-src '${STYLE_HASH}'`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "script-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    // No markup is ever made of a string in the page, and no script may say otherwise.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'same-origin',
    ...(publicUrl?.startsWith('https:')
      ? {
          'strict-transport-security': `max-age=${HSTS_SECONDS}`,
          'cross-origin-opener-policy': 'same-origin', // Browsers ignore it, and complain, without TLS.
        }
      : {}),
  }
}
