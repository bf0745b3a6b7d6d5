/** Longest wait for an answer, in ms. */
const TIMEOUT_MS = 5_000

/**
 * The time (ms) that a web server's `Date` header tells, or null where it does not answer or tells none. Asked without
 * credentials: any answer has the header. Source: RFC 9110, section 6.6.1.
 */
export async function serverDateMs(address: string): Promise<number | null> {
  const url = new URL(address)
  url.username = ''
  url.password = ''
  try {
    const response = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const ms = Date.parse(response.headers.get('date') ?? '')
    return Number.isFinite(ms) ? ms : null
  } catch {
    return null
  }
}
