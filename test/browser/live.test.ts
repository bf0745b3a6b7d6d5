import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { aCase } from '../handlers/a-case.ts'
import { startTestServer, type TestServer } from '../handlers/test-server.ts'
import { waitUntil } from '../support/wait-until.ts'
import { launch, type OpenPage, openPage, signInAt } from './a-page.ts'

jest.setTimeout(150_000)

let browser: Browser
let running: TestServer
let url: string
let opened: OpenPage

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
beforeEach(async () => {
  running = await startTestServer()
  url = await running.server.listen({ host: '127.0.0.1', port: 0 })
  opened = await openPage(browser)
})
afterEach(async () => {
  await opened.close()
  await running.close()
})

const STORED = { mergedUpTo: null, isSettled: true }
const headline = (text: string) => ({ headline: text, outcomeKey: '', actions: [], refusals: [] })

/** Marks the document, so that a reload would be noticed. */
const mark = () => opened.page.evaluate("document.documentElement.dataset.mark = 'kept'")
const isSameDocument = () => opened.page.evaluate("document.documentElement.dataset.mark === 'kept'")

describe('the list', () => {
  test('shows a new case, and what becomes of it, without a reload', async () => {
    const { page, complaints } = opened
    await signInAt(page, `${url}/`)
    await mark()
    const stored = await running.store.saveCase(aCase(), STORED)
    await page.getByRole('link', { name: 'Snoozed 2 h: cluster busy' }).waitFor()
    await running.store.saveCase({ ...stored, state: 'handed-over', plan: headline('Needs you: look') }, STORED)
    await page.getByRole('link', { name: 'Needs you: look' }).waitFor()
    expect(await page.title()).toBe('(1) Cases · KP Events Responder')
    expect(await isSameDocument()).toBe(true)
    expect(complaints).toEqual([])
  })

  test('keeps the focus on the same case when another one comes before it', async () => {
    const { page } = opened
    await running.store.saveCase(aCase({ id: 'first', groupKey: 'first', plan: headline('the first') }), STORED)
    await signInAt(page, `${url}/`)
    await page.getByRole('link', { name: 'the first' }).focus()
    const opens = Date.now() + 1_000
    const second = aCase({ id: 'second', groupKey: 'second', openedAtMs: opens, plan: headline('the second') })
    await running.store.saveCase(second, STORED)
    await page.getByRole('link', { name: 'the second' }).waitFor()
    expect(await page.locator('article .title').allTextContents()).toEqual(['the second', 'the first'])
    expect(await page.evaluate('document.activeElement.textContent')).toBe('the first')
  })

  test('shows a pause that somebody else makes', async () => {
    const { page } = opened
    await signInAt(page, `${url}/`)
    running.operations.setting = { mode: 'live', paused: true }
    // What was read before the stream began counts as known.
    await waitUntil('the pause to be shown', async () => {
      await running.store.saveCase(aCase({ id: `c${Math.random()}` }), STORED)
      return page.getByRole('button', { name: 'Resume' }).isVisible()
    })
  })

  test('says that it is stale while the server is away, and is live again afterwards', async () => {
    const { page } = opened
    await signInAt(page, `${url}/`)
    await page.context().setOffline(true)
    await running.server.server.closeAllConnections()
    await page.locator('#live[data-state=reconnecting]').waitFor()
    await page.getByText(/stale since \d\d:\d\d:\d\d UTC/).waitFor()
    await page.context().setOffline(false)
    await page.locator('#live[data-state=live]').waitFor()
  })
})

describe('the page of a case', () => {
  test('is left as it is while somebody writes, and is then brought up to date', async () => {
    const { page } = opened
    const stored = await running.store.saveCase(aCase(), STORED)
    await signInAt(page, `${url}/cases/case-1`)
    await page.getByLabel('Why').fill('customer asks')
    await running.store.saveCase({ ...stored, plan: headline('Needs you: it changed') }, STORED)
    await page.locator('#live[data-state=held]').waitFor()
    expect(await page.locator('h1').textContent()).toBe('Snoozed 2 h: cluster busy with another KMS action')
    expect(await page.getByLabel('Why').inputValue()).toBe('customer asks')
    await page.getByLabel('Why').fill('')
    await page.getByLabel('Why').blur()
    await page.getByRole('heading', { name: 'Needs you: it changed' }).waitFor()
  })

  test('keeps open what the reader opened', async () => {
    const { page } = opened
    const stored = await running.store.saveCase(aCase(), STORED)
    await signInAt(page, `${url}/cases/case-1`)
    await page.getByText('1 other reason ruled out').click()
    await running.store.saveCase({ ...stored, plan: headline('Needs you: it changed') }, STORED)
    await page.getByRole('heading', { name: 'Needs you: it changed' }).waitFor()
    expect(await page.getByText('no kms_update failure of this cluster').isVisible()).toBe(true)
  })
})

describe('without script', () => {
  test('every act works, and the list reloads itself', async () => {
    await running.store.saveCase(aCase(), STORED)
    const plain = await openPage(browser, { javaScriptEnabled: false })
    const { page } = plain
    await page.goto(`${url}/cases/case-1`)
    await page.getByLabel('Operator token').fill('operator-token-0123456789abcdef')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Why').fill('no script here')
    await page.getByRole('button', { name: 'Hand over' }).click()
    await page.getByText('The case is left to people').waitFor()
    await page.goto(`${url}/`)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Paused in your name.').waitFor()
    expect(running.operations.asked).toEqual([
      ['handOver', 'case-1', 'ann', 'no script here'],
      ['setMode', { paused: true }, 'ann'],
    ])
    expect(await page.locator('meta[http-equiv=refresh]').count()).toBe(1)
    expect(await page.locator('#live').isVisible()).toBe(false)
    await plain.close()
  })
})
