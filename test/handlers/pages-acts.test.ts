import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { aCase, anAlert, anIncident, BUSY_VERDICT } from './a-case.ts'
import { formClient } from './form-client.ts'
import { NOW_MS, startTestServer, type TestServer } from './test-server.ts'

let running: TestServer

beforeEach(async () => {
  running = await startTestServer()
})
afterEach(() => running.close())

const { post, signIn, page, formTokenOf } = formClient(() => running)
const save = (subject = aCase()) => running.store.saveCase(subject, { mergedUpTo: null, isSettled: true })

describe('what is plain to see on the list', () => {
  test('a pause, with one click that wakes all that is kept quiet for real', async () => {
    const snooze = aCase().snooze
    await save(aCase({ id: 'real', groupKey: 'real' }))
    await save(aCase({ id: 'shadow', groupKey: 'shadow', snooze: snooze && { ...snooze, isReal: false } }))
    expect((await page('/')).body).not.toContain('Wake all')
    running.operations.setting = { mode: 'live', paused: true }
    expect((await page('/')).body).toContain('Wake all that we snoozed (1)')
    const cookie = await signIn()
    const formToken = await formTokenOf(cookie)
    expect((await post('/wake-all', {}, { cookie })).statusCode).toBe(403)
    expect((await post('/wake-all', { formToken }, { cookie })).headers.location).toBe('/?outcome=woken-all')
    expect(running.operations.asked).toEqual([['wake', 'real', 'ann', 'all that was snoozed is woken']])
    running.operations.wakeOutcome = 'no-incident'
    expect((await post('/wake-all', { formToken }, { cookie })).headers.location).toBe('/?outcome=woken-some')
  })

  test('a frozen store, with the mode to set', async () => {
    Object.assign(running.operations.setting, { frozenWhy: 'Redis was emptied' })
    const { body } = await page('/')
    expect(body).toContain('<strong>Frozen:</strong> Redis was emptied')
    const cookie = await signIn()
    const formToken = await formTokenOf(cookie)
    expect((await post('/mode', { formToken, mode: 'live' }, { cookie })).headers.location).toBe('/')
    running.operations.hasPagerduty = false
    expect((await post('/mode', { formToken, mode: 'live' }, { cookie })).headers.location).toBe(
      '/?outcome=no-pagerduty',
    )
    expect((await post('/mode', { formToken, mode: 'loud' }, { cookie })).statusCode).toBe(400)
  })

  test('a storm, with its regions and when it is over', async () => {
    running.operations.stormInForce = {
      sinceMs: NOW_MS - 60_000,
      endsAtMs: NOW_MS + 900_000,
      clusters: 23,
      regions: [{ name: 'eu-de', clusters: 20 }],
    }
    const { body } = await page('/')
    expect(body).toMatch(/<strong>Storm:<\/strong> 23 clusters fail, begun <time[^>]*>1 min ago<\/time>/)
    expect(body).toContain('eu-de 20')
    expect(body).toMatch(/over <time[^>]*>in 15 min<\/time>/)
  })

  test('that a frozen responder does not act, whatever its mode', async () => {
    running.operations.setting = { mode: 'live', paused: false, frozenWhy: 'Redis was emptied' }
    const { body } = await page('/')
    expect(body).toContain('Live, but frozen:')
    expect(body).not.toContain('acts on its decisions')
  })

  test('the mode and its pause, on the page of a case too', async () => {
    await save()
    running.operations.setting = { mode: 'live', paused: false }
    const { body } = await page('/cases/case-1')
    expect(body).toMatch(/aria-label="Mode".*Live.*name="paused" value="true".*Pause/s)
  })

  test('which cases still ring, which a person has, and which would only be snoozed', async () => {
    const { snooze } = aCase()
    const taken = { state: 'handed-over', takenOver: { by: 'Ada', what: 'acknowledge', atMs: NOW_MS } } as const
    await save(aCase({ id: 'rings', groupKey: 'rings', ...taken, incidents: [anIncident({ status: 'triggered' })] }))
    await save(aCase({ id: 'taken', groupKey: 'taken', ...taken }))
    await save(aCase({ id: 'would', groupKey: 'would', snooze: snooze && { ...snooze, isReal: false } }))
    await save(aCase({ id: 'sleeps', groupKey: 'sleeps' }))
    const { body } = await page('/')
    const found = [...body.matchAll(/<h2>([^<]+) <|id="case-(\w+)"/g)].map(([, title, id]) => title ?? id)
    expect(found.slice(0, 8)).toEqual([
      ...['Needs a person', 'rings', 'Would be snoozed', 'would', 'Snoozed', 'sleeps', 'A person has it', 'taken'],
    ])
  })

  test('why a case is looked at again', async () => {
    await save()
    const wait = { kind: 'waiting', awaited: 'error-text', untilMs: NOW_MS, verdict: BUSY_VERDICT } as const
    await save(aCase({ id: 'w', groupKey: 'w', state: 'waiting', alerts: [anAlert({ judgement: wait })] }))
    const { body } = await page('/')
    expect(body).toContain('to judge again before the snooze ends')
    expect(body).toContain('for the error text')
  })
})

describe('an act by hand on a case', () => {
  const outcomes = [
    ['hand-over', 'done', 'handed-over', 'left to people'],
    ['hand-over', 'ended', 'ended', 'the case has ended'],
    ['snooze', 'done', 'snoozed', 'Snoozed for 2 h'],
    ['snooze', 'unavailable', 'unavailable', 'PagerDuty did not answer'],
    ['snooze', { refused: 'customer-impacting' }, 'customer-impacting', 'the rail customer-impacting forbids it'],
  ] as const
  test.each(outcomes)('%s that is %j says so', async (act, outcome, word, said) => {
    await save()
    const cookie = await signIn()
    const formToken = await formTokenOf(cookie)
    if (act === 'snooze') running.operations.snoozeOutcome = outcome
    else running.operations.handOverOutcome = outcome
    const { headers } = await post(`/cases/case-1/${act}`, { formToken, reason: 'x' }, { cookie })
    expect(headers.location).toBe(`/cases/case-1?outcome=${word}`)
    expect((await page(String(headers.location), { cookie })).body).toContain(said)
  })

  test('takes one tap: a reason is told where there is one', async () => {
    await save()
    const cookie = await signIn()
    const formToken = await formTokenOf(cookie)
    await post('/cases/case-1/wake', { formToken, reason: 'customer calls' }, { cookie })
    for (const act of ['wake', 'hand-over', 'recheck'])
      expect((await post(`/cases/case-1/${act}`, { formToken, reason: ' ' }, { cookie })).statusCode).toBe(303)
    const none = 'asked for on the dashboard'
    expect(running.operations.asked.map(([, , , reason]) => reason)).toEqual(['customer calls', none, none, null])
  })

  test('of an unknown case is 404', async () => {
    running.operations.snoozeOutcome = 'not-found'
    const cookie = await signIn()
    const formToken = await formTokenOf(cookie)
    expect((await post('/cases/none/snooze', { formToken, reason: 'x' }, { cookie })).statusCode).toBe(404)
  })
})
