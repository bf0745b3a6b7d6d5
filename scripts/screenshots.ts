import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { playAll } from '../demo/play-all.ts'
import { SCENARIOS } from '../demo/scenarios/scenarios.ts'
import { startStage } from '../demo/stage.ts'
import { startPast } from './screenshots/past.ts'

/** Takes the pictures of the docs: of the demo with some of its scenarios played, and of figures of an invented past. */

const TO = join(import.meta.dirname, '../docs/images')
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const WIDE = { width: 1_280, height: 900 }
const PHONE = { width: 390, height: 844 }
const PLAYED = [
  ...['busy', 'orphan', 'kms-update-failed', 'unrecognised-error', 'customer-impacting', 'migration-blocked'],
  ...['deletion-unproven', 'etcd-record-present', 'late-error-text', 'resolved-after-snooze', 'severity-critical'],
]

interface Picture {
  name: string
  url: string
  token: string
  size: { width: number; height: number }
}

async function take(browser: Browser, { name, url, token, size }: Picture): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ viewport: size, colorScheme })
    const page = await context.newPage()
    await page.goto(new URL('/', url).href)
    await page.getByLabel('Operator token').fill(token)
    await page.keyboard.press('Enter')
    await page.locator('#live').waitFor()
    await page.goto(url)
    await page.locator('main').waitFor()
    if (name !== 'figures') await page.locator('#live[data-state=live]').waitFor()
    await page.screenshot({ path: join(TO, `${name}-${colorScheme}.png`) })
    await context.close()
  }
}

mkdirSync(TO, { recursive: true })
const stage = await startStage({ say: () => undefined })
const past = await startPast()
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
try {
  const scenarios = SCENARIOS.filter(({ name }) => PLAYED.includes(name))
  await playAll(scenarios, { stage, signal: new AbortController().signal })
  const { url } = stage.responder
  const token = stage.operatorToken
  const answer = await fetch(`${url}/api/cases?reason=orphaned-key-registration`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const { cases } = (await answer.json()) as { cases: { id: string }[] }
  const caseUrl = `${url}/cases/${cases[0]?.id}`
  await take(browser, { name: 'list', url: `${url}/`, token, size: WIDE })
  await take(browser, { name: 'case', url: caseUrl, token, size: WIDE })
  await take(browser, { name: 'phone', url: `${url}/`, token, size: PHONE })
  await take(browser, { name: 'phone-case', url: caseUrl, token, size: PHONE })
  await take(browser, { name: 'figures', url: `${past.url}/figures?days=30`, token: past.token, size: WIDE })
} finally {
  await browser.close()
  await past.stop()
  await stage.stop()
}
