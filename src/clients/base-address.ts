/**
 * A base address without its user and password, which `fetch` refuses, and the header that sends them; no trailing slash,
 * so that a path is joined to its prefix.
 */
export function splitCredentials(url: string): { base: string; headers: Record<string, string> } {
  const address = new URL(url)
  const { username, password } = address
  address.username = ''
  address.password = ''
  const base = address.href.replace(/\/+$/, '')
  if (username === '') return { base, headers: {} }
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { base, headers: { authorization: `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}` } }
}
