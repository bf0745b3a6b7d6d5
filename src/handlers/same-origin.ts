/** The headers by which a browser says where a write comes from. */
export interface WriteHeaders {
  origin: string | undefined
  secFetchSite: string | undefined
  host: string | undefined
}

/**
 * True when a write that is authenticated by a cookie comes from our own page. A browser says at least one of the two
 * with every write; a program that says neither holds no cookie of somebody else. Our pages send no referrer, for which
 * browsers turn the Origin of a form into `null`: then Sec-Fetch-Site has to say `same-origin`.
 */
export function isSameOrigin({ origin, secFetchSite, host }: WriteHeaders, publicUrl: string | null): boolean {
  if (secFetchSite !== undefined && secFetchSite !== 'same-origin') return false
  if (origin === undefined) return true
  if (origin === 'null') return secFetchSite === 'same-origin'
  if (publicUrl !== null && origin === new URL(publicUrl).origin) return true
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}
