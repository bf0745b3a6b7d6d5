import { expect } from '@jest/globals'
import { asOperator, OPERATOR_TOKEN, type TestServer } from './test-server.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
type Fields = Record<string, string>

/** What a browser without script does with the pages of the server that is running when it does it. */
export function formClient(running: () => TestServer) {
  async function post(url: string, fields: Fields, headers: Fields = {}) {
    return running().server.inject({
      method: 'POST',
      url,
      headers: { ...FORM, ...headers },
      payload: new URLSearchParams(fields).toString(),
    })
  }

  /** The cookie of a browser that has signed in. */
  async function signIn(): Promise<string> {
    const { cookies } = await post('/sign-in', { token: OPERATOR_TOKEN })
    return `${cookies[0]?.name}=${cookies[0]?.value}`
  }

  async function page(url: string, headers: Fields = asOperator) {
    const { statusCode, body, headers: answered } = await running().server.inject({ url, headers })
    expect(answered['content-type']).toBe('text/html; charset=utf-8')
    return { statusCode, body }
  }

  async function formTokenOf(cookie: string): Promise<string> {
    return /name="formToken" value="([^"]+)"/.exec((await page('/', { cookie })).body)?.[1] ?? ''
  }

  return { post, signIn, page, formTokenOf }
}
