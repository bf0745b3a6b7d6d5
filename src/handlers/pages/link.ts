import { splitCredentials } from '../../clients/base-address.ts'
import type { Config } from '../../config/config.ts'
import { type Html, html } from './html.ts'

/** Hosts of the systems that we link to, with all their subdomains. */
const KNOWN_DOMAINS = ['pagerduty.com', 'slack.com']
/** Characters of an address that is still read at a glance. */
const LONG_ADDRESS = 60

/**
 * A link to a page that we know, or the address as text: an address from outside may lead anywhere. Where there are no
 * words for it, an address that we know stands for itself, cut in its middle.
 */
export type LinkRenderer = (url: string | null, text: string | null) => Html | null

/** Links lead only to PagerDuty, Slack, GitHub where issues are opened, and the hosts that the configuration and the policy name. */
export function createLinkRenderer(config: Config): LinkRenderer {
  const configured = [
    config.publicUrl,
    config.pagerduty?.apiUrl,
    config.slack?.apiUrl,
    config.further.prometheusUrl && splitCredentials(config.further.prometheusUrl).base,
    githubPages(config.github?.apiUrl),
  ]
  const hosts = hostsOf(configured)

  const isPolicyHost = (host: string) => hostsOf(Object.values(config.policy.current().links)).has(host)

  return function renderLink(url, text) {
    if (url === null || url === '') return null
    const host = hostOf(url)
    const isKnown =
      host !== null && (hosts.has(host) || isPolicyHost(host) || KNOWN_DOMAINS.some((domain) => isWithin(host, domain)))
    if (!isKnown) return html`${text} <span class="mono">${url}</span>`
    return html`<a href="${url}" rel="noopener noreferrer">${text ?? shorten(url)}</a>`
  }
}

/** Host and last part of the path of a long address: what tells it from others. */
function shorten(url: string): string {
  if (url.length <= LONG_ADDRESS) return url
  const { host, pathname } = new URL(url)
  const last = pathname.split('/').findLast((part) => part !== '') ?? ''
  return `${host}/…/${last.slice(0, LONG_ADDRESS)}`
}

/** Where people read the issues of an API: an Enterprise Server has both on one host. */
function githubPages(apiUrl: string | undefined): string | undefined {
  return apiUrl?.replace('://api.github.com', '://github.com')
}

function hostsOf(urls: readonly (string | null | undefined)[]): ReadonlySet<string> {
  return new Set(urls.flatMap((url) => (url ? [hostOf(url)] : [])).filter((host) => host !== null))
}

/** Host and port of an http(s) address without credentials, or null. */
function hostOf(url: string): string | null {
  if (!URL.canParse(url)) return null
  const { protocol, host, username, password } = new URL(url)
  const isPlain = (protocol === 'https:' || protocol === 'http:') && username === '' && password === ''
  return isPlain ? host : null
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}
