import type { Browser, BrowserContext, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { OPERATOR_TOKEN } from '../handlers/test-server.ts'

export interface OpenPage {
  page: Page
  /** Address of everything that was asked for, and the bytes of its answer once it ended: an event stream does not. */
  loaded: { url: string; bytes: number | null }[]
  /** What the browser complained about: scripts that failed, and what the policy of the page stopped. */
  complaints: string[]
  close(): Promise<void>
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
}

/** A browser window that has nothing of an earlier one, and keeps a record. */
export async function openPage(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<OpenPage> {
  const context: BrowserContext = await browser.newContext(options)
  const page = await context.newPage()
  const loaded: OpenPage['loaded'] = []
  const complaints: string[] = []
  page.on('request', (request) => loaded.push({ url: request.url(), bytes: null }))
  const ended = (address: string, size: number) => {
    const entry = loaded.find(({ url, bytes }) => url === address && bytes === null)
    if (entry) entry.bytes = size
  }
  page.on('requestfinished', async (request) => {
    // A page that is closed meanwhile is judged no more.
    const sizes = await request.sizes().catch(() => null)
    ended(request.url(), sizes?.responseBodySize ?? 0)
  })
  page.on('requestfailed', (request) => ended(request.url(), 0)) // Such as one that a navigation cut off.
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // The sign-in page is an answer 401.
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text())
  })
  return { page, loaded, complaints, close: () => context.close() }
}

/** Signs in at an address with the keyboard alone; ends on the page that was asked for, live. */
export async function signInAt(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.locator('#token:focus').waitFor() // The browser gives it the focus once it shows the page.
  await page.keyboard.type(OPERATOR_TOKEN)
  await page.keyboard.press('Enter')
  await page.locator('#live[data-state=live]').waitFor()
}
