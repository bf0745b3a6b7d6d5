import { headerValues } from './bearer.ts'
import { HttpError } from './http-error.ts'

/** Headers of one request. Alertmanager sends fewer than ten. */
const MAX_HEADERS = 100
/** A name, an address or `[IPv6]`, and perhaps a port. */
const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/
/** Of several Node keeps the first and drops the others without a word, so that a proxy may have seen another one. */
const AT_MOST_ONE = ['content-type', 'content-encoding', 'transfer-encoding']

/**
 * Refuses a head that two readers could read in two ways, or that is larger than any sender's of ours. `rawHeaders` are
 * Node's: names and values in turn.
 * @throws HttpError `header_too_large` or `bad_request`
 */
export function checkHead(rawHeaders: readonly string[]): void {
  if (rawHeaders.length / 2 > MAX_HEADERS) throw new HttpError('header_too_large')
  const hosts = headerValues(rawHeaders, 'host')
  if (hosts.length !== 1 || !HOST.test(hosts[0] ?? '')) throw new HttpError('bad_request')
  if (AT_MOST_ONE.some((name) => headerValues(rawHeaders, name).length > 1)) throw new HttpError('bad_request')
  const [coding = 'chunked'] = headerValues(rawHeaders, 'transfer-encoding')
  if (coding.toLowerCase() !== 'chunked') throw new HttpError('bad_request')
}
