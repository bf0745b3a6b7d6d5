/** The cookies of the dashboard, and how they are set. */
export interface Cookies {
  sessionName: string
  /** Between the start and the end of an organisation's sign-in. */
  oidcName: string
  /** Lax, so that the links in notes and in Slack open the page; every write checks its origin and its form token. */
  options: { path: '/'; httpOnly: true; sameSite: 'lax'; secure: boolean }
}

/** Where people reach us by TLS, a cookie that no other host and no page without TLS can set. Source: RFC 6265bis, `__Host-`. */
export function cookiesOf(publicUrl: string | null): Cookies {
  const isSecure = publicUrl?.startsWith('https:') ?? false
  const prefix = isSecure ? '__Host-' : ''
  return {
    sessionName: `${prefix}kp_session`,
    oidcName: `${prefix}kp_sign_in`,
    options: { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure },
  }
}
