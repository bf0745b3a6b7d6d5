import { createRequire } from 'node:module'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { z } from 'zod'
import { CASE_STATES } from '../../src/model/case.ts'
import { aCase, anAlert, anIncident, BUSY_VERDICT } from '../handlers/a-case.ts'
import { asOperator, startTestServer, type TestServer } from '../handlers/test-server.ts'
import { activePayloads } from '../hostile-text/active-payloads.ts'
import { waitUntil } from '../support/wait-until.ts'
import { launch, openPage, signInAt } from './a-page.ts'

jest.setTimeout(90_000)

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const Findings = z.object({
  violations: z.array(z.object({ id: z.string(), nodes: z.array(z.object({ failureSummary: z.string() })) })),
})
/** Every rule of WCAG 2.2 AA that a program can check. Run in the page, so it is a text here. */
const RUN_AXE = "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })"
/** What the field, button or link that has the focus is called. */
const FOCUSED = `(() => {
  const { activeElement: active } = document
  return active.labels?.[0]?.textContent ?? active.getAttribute('aria-label') ?? active.textContent
})()`
/** What happens to a script that makes markup of a string. */
const INJECT =
  "(() => { try { document.body.innerHTML = '<b>x</b>'; return 'done' } catch (error) { return error.name } })()"
/** Buttons, fields and entries of a navigation that are lower than 44 px. Source: WCAG 2.2, 2.5.5. */
const SMALL_TARGETS = `[...document.querySelectorAll('button, input:not([type=hidden]), select, summary, nav a, .name')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().height < 43.9)
  .map((one) => one.tagName + ' ' + one.textContent + ' ' + one.getBoundingClientRect().height)`
const STORED = { mergedUpTo: null, isSettled: true }
const PHONE = { width: 390, height: 844 }
/** All that a page may load. */
const BUDGET_BYTES = 300_000

let browser: Browser
let running: TestServer
let url: string

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
beforeEach(async () => {
  running = await startTestServer()
  url = await running.server.listen({ host: '127.0.0.1', port: 0 })
  await running.store.saveCase(aCase(), STORED)
})
afterEach(() => running.close())

/** Where a storm, a pause and a frozen store are all told: the loudest that a page can be. */
function makeLoud(): void {
  const { nowMs } = running.clock
  running.operations.setting = { mode: 'live', paused: true }
  Object.assign(running.operations.setting, { frozenWhy: 'Redis was emptied' })
  running.operations.stormInForce = { sinceMs: nowMs, endsAtMs: nowMs, clusters: 23, regions: [] }
}

describe('a page', () => {
  const paths = ['/', '/?cluster=none', '/cases/case-1', '/cases/case-1?outcome=woken', '/figures', '/cases/none']

  test.each(['sign-in', ...paths])('%s can be used by everybody, light and dark', async (path) => {
    if (path === '/') makeLoud()
    const isOpen = path === 'sign-in'
    const extraHTTPHeaders = isOpen ? {} : asOperator
    const { page, close } = await openPage(browser, { bypassCSP: true, viewport: PHONE, extraHTTPHeaders })
    await page.goto(isOpen ? `${url}/` : url + path)
    await page.addScriptTag({ path: AXE })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const { violations } = Findings.parse(await page.evaluate(RUN_AXE))
      expect({ colorScheme, violations }).toEqual({ colorScheme, violations: [] })
    }
    await close()
  })

  test.each(['/', '/cases/big', '/figures?days=90'])(
    '%s fits a phone, asks nobody else, and is small',
    async (path) => {
      const alerts = Array.from({ length: 2_000 }, (_, at) => anAlert({ fingerprint: `f${at}` }))
      await running.store.saveCase(aCase({ id: 'big', groupKey: 'big', alerts }), STORED)
      const ids = CASE_STATES.flatMap((state) =>
        Array.from({ length: 60 }, (_, at) => ({ id: `${state}-${at}`, state })),
      )
      await Promise.all(ids.map((one) => running.store.saveCase(aCase({ ...one, groupKey: one.id }), STORED)))
      const { page, loaded, complaints, close } = await openPage(browser, { viewport: PHONE })
      await signInAt(page, `${url}/`)
      loaded.length = 0
      await page.goto(url + path)
      if (!path.startsWith('/figures')) await page.locator('#live[data-state=live]').waitFor()
      await page.waitForLoadState('load')
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width)
      expect(loaded.filter((entry) => new URL(entry.url).origin !== url)).toEqual([])
      await waitUntil('the sizes to be known', () =>
        loaded.every((entry) => entry.bytes !== null || entry.url.includes('/api/stream')),
      )
      expect(loaded.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)).toBeLessThan(BUDGET_BYTES)
      expect(complaints).toEqual([])
      await close()
    },
  )

  test('runs nothing that came from outside, however it is written', async () => {
    const [evidence] = BUSY_VERDICT.evidence
    if (!evidence) throw new Error('the fixture has evidence')
    const texts = activePayloads().map(({ text }) => `${text} <img src=x onerror=window.hit=1>`)
    const verdict = {
      ...BUSY_VERDICT,
      message: texts[0] ?? '',
      evidence: texts.map((text) => ({ ...evidence, summary: text, quote: text, link: text })),
    }
    const timeline = texts.map((text) => ({ at: evidence.observedAt, what: text, actor: text, link: text }))
    await running.store.saveCase(
      aCase({
        id: 'hostile',
        groupKey: 'hostile',
        alerts: [anAlert({ judgement: { kind: 'verdict', verdict }, labels: { CRN: texts[0] ?? '' } })],
        incidents: [anIncident({ url: texts[0] ?? '' })],
        timeline,
      }),
      STORED,
    )
    const { page, loaded, complaints, close } = await openPage(browser)
    let dialogs = 0
    page.on('dialog', (dialog) => {
      dialogs += 1
      void dialog.dismiss()
    })
    await signInAt(page, `${url}/cases/hostile`)
    expect(await page.locator('main script, main img, main iframe').count()).toBe(0)
    expect(await page.evaluate("'hit' in window")).toBe(false)
    expect({ dialogs, foreign: loaded.filter((entry) => new URL(entry.url).origin !== url) }).toEqual({
      dialogs: 0,
      foreign: [],
    })
    expect(complaints).toEqual([])
    await close()
  })

  test.each(['/', '/cases/case-1', '/figures'])('%s has nothing too small for a thumb', async (path) => {
    const { page, close } = await openPage(browser, { viewport: PHONE, hasTouch: true, isMobile: true })
    await signInAt(page, `${url}/`)
    await page.goto(url + path)
    await page.locator('.script, nav').first().waitFor()
    const small = z.array(z.string()).parse(await page.evaluate(SMALL_TARGETS))
    expect(small).toEqual([])
    await close()
  })

  test('makes no markup of a string, whatever a script tries', async () => {
    const { page, close } = await openPage(browser)
    await signInAt(page, `${url}/`)
    const tried = await page.evaluate(INJECT)
    expect(tried).toBe('TypeError')
    await close()
  })
})

describe('with the keyboard alone', () => {
  test('somebody signs in, finds the case and wakes it', async () => {
    const { page, close } = await openPage(browser)
    await signInAt(page, `${url}/`)
    const press = (key: string) => page.keyboard.press(key)
    /** Tabs on until what has the focus is called so. */
    async function tabTo(name: string): Promise<void> {
      for (let tries = 0; tries < 40; tries += 1) {
        await press('Tab')
        const focused = String(await page.evaluate(FOCUSED))
        if (focused.startsWith(name)) return
      }
      throw new Error(`nothing called ${name} can be reached`)
    }
    await tabTo('Skip to the content')
    await press('Enter')
    await tabTo('Snoozed 2 h: cluster busy')
    await press('Enter')
    await page.waitForURL('**/cases/case-1')
    await page.locator('#live[data-state=live]').waitFor()
    await tabTo('Why')
    await page.keyboard.type('the customer is on the phone')
    await tabTo('Wake now')
    await press('Enter')
    await page.getByText('The page is being given back').waitFor()
    expect(running.operations.asked).toEqual([['wake', 'case-1', 'ann', 'the customer is on the phone']])
    await close()
  })

  test('a command is copied', async () => {
    const verdict = { ...BUSY_VERDICT, reason: 'etcd-unavailable' as const }
    await running.store.saveCase(
      aCase({ id: 'c', groupKey: 'c', alerts: [anAlert({ judgement: { kind: 'verdict', verdict } })] }),
      STORED,
    )
    const { page, close } = await openPage(browser, { permissions: ['clipboard-read', 'clipboard-write'] })
    await signInAt(page, `${url}/cases/c`)
    await page.getByRole('button', { name: 'Copy the command etcdctl endpoint health' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('Copied to the clipboard').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('etcdctl endpoint health --cluster')
    await close()
  })
})
