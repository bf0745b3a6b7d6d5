/** The headers by which a browser says where a write comes from. */
export interface WriteHeaders {
  origin: string | undefined
  secFetchSite: string | undefined
  host: string | undefined
}

/**
 * Whether a write that is authenticated by a cookie comes from our own page. A browser says something with every write; a
 * program that says nothing holds no cookie of somebody else, and counts as own.
 *
 * `unsaid`: our pages send no referrer, for which a browser turns the Origin of a form into `null`, and without TLS it
 * adds no Sec-Fetch-Site either. Only the token in the form can tell then.
 */
export function writeOrigin(
  { origin, secFetchSite, host }: WriteHeaders,
  publicUrl: string | null,
): 'own' | 'foreign' | 'unsaid' {
  if (secFetchSite !== undefined && secFetchSite !== 'same-origin') return 'foreign'
  if (origin === undefined) return 'own'
  if (origin === 'null') return secFetchSite === 'same-origin' ? 'own' : 'unsaid'
  if (publicUrl !== null && origin === new URL(publicUrl).origin) return 'own'
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`) ? 'own' : 'foreign'
}
