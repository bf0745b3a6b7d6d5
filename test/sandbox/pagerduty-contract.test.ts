import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import { at, type CallOptions, listAt, type PagerdutyAccount, startPagerduty } from './pagerduty-account.ts'

// PagerDuty states no licence for its description, so it is no part of this repository: it is used where it lies beside it.
const DESCRIPTION_FILE = resolve(import.meta.dirname, '../../../shared/contracts/pagerduty-openapi.json')

/**
 * Returns the description with the faults of its schemas taken out, so that real answers pass: nothing is marked nullable
 * though null is sent, references and whole objects are "one of" but match both, and one log entry has two spellings.
 */
function relax(node: unknown, name = ''): unknown {
  if (Array.isArray(node)) return node.map((item) => relax(item))
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).map(([key, value]) => [key === 'oneOf' ? 'anyOf' : key, relax(value, key)])
  const relaxed: Record<string, unknown> = Object.fromEntries(entries)
  if (name === 'properties') {
    for (const [key, schema] of Object.entries(relaxed)) relaxed[key] = { anyOf: [schema, { type: 'null' }] }
  }
  if (Array.isArray(relaxed.enum) && relaxed.enum.includes('acknowledgement_log_entry')) {
    relaxed.enum = ['acknowledge_log_entry']
  }
  return relaxed
}

if (!existsSync(DESCRIPTION_FILE)) {
  test('the published description is absent, and the sandbox works without it', async () => {
    process.stdout.write(`PagerDuty's API description is not at ${DESCRIPTION_FILE}: contract tests not run.\n`)
    const account = await startPagerduty()
    const answer = await account.call('GET', '/incidents')
    await account.close()
    expect(answer.status).toBe(200)
  })
} else {
  describeContract(relax(JSON.parse(readFileSync(DESCRIPTION_FILE, 'utf8'))))
}

function describeContract(description: unknown): void {
  const ajv = new Ajv({ strict: false, allErrors: true })
  // A CommonJS package whose function is the module itself and its `default` too.
  addFormats.default(ajv)
  // Formats of this description that are not JSON Schema's.
  for (const format of ['url', 'tzinfo', 'activesupport-time-zone']) ajv.addFormat(format, true)
  ajv.addSchema({ $id: 'pagerduty', ...toObject(description) })

  function compile(...path: string[]): ValidateFunction {
    const pointer = path.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')
    return ajv.compile({ $ref: `pagerduty#/${pointer}` })
  }

  function check(validate: ValidateFunction, value: unknown): void {
    validate(value)
    expect(validate.errors ?? []).toEqual([])
  }

  const JSON_CONTENT = ['content', 'application/json', 'schema']
  let account: PagerdutyAccount
  let id: string

  /** Makes the call and checks both sides of it against the description of its path. */
  async function checked(method: string, template: string, options: CallOptions & { query?: string } = {}) {
    const { query = '', ...call } = options
    const answer = await account.call(method, template.replace('{id}', id) + query, call)
    const operation = ['paths', template, method.toLowerCase()]
    if (call.body !== undefined) check(compile(...operation, 'requestBody', ...JSON_CONTENT), call.body)
    check(compile(...operation, 'responses', String(answer.status), ...JSON_CONTENT), answer.body)
    return answer
  }

  beforeEach(async () => {
    account = await startPagerduty()
    id = account.pagerduty.trigger({ dedupKey: 'key-1', details: { firing: 'text', num_firing: '1' } }).id
  })
  afterEach(() => account.close())

  /** One incident to which everything happened. */
  async function makeHistory(): Promise<void> {
    const { pagerduty } = account
    pagerduty.humanAcknowledges(id)
    pagerduty.humanSnoozes(id, 7200)
    account.clock.jump(7_200_000 + 31 * 60_000)
    pagerduty.humanReassigns(id)
    pagerduty.humanNotes(id, 'looking')
    pagerduty.addResponderRequest(id)
    pagerduty.setConferenceBridge(id)
    pagerduty.setPriority(id, 'P2')
    pagerduty.humanAcknowledges(id)
  }

  describe('the published description accepts', () => {
    const EVERY_INCLUSION = ['acknowledgers', 'agents', 'assignees', 'escalation_policies', 'services']
      .map((name) => `include[]=${name}`)
      .join('&')

    test.each(['', `?${EVERY_INCLUSION}`, '?include[]=first_trigger_log_entries', '?date_range=all&total=true'])(
      'the list of incidents %s',
      async (query) => {
        await makeHistory()
        const answer = await checked('GET', '/incidents', { query })
        expect(listAt(answer.body, 'incidents')).toHaveLength(1)
      },
    )

    test.each(['', `?${EVERY_INCLUSION}`, '?include[]=custom_fields'])('an incident %s', async (query) => {
      await makeHistory()
      expect((await checked('GET', '/incidents/{id}', { query })).status).toBe(200)
    })

    test('alerts', async () => {
      expect(listAt((await checked('GET', '/incidents/{id}/alerts')).body, 'alerts')).toHaveLength(1)
    })

    test('notes, written and read', async () => {
      const created = await checked('POST', '/incidents/{id}/notes', { body: { note: { content: 'text' } } })
      expect(created.status).toBe(200)
      expect(listAt((await checked('GET', '/incidents/{id}/notes')).body, 'notes')).toHaveLength(1)
    })

    test('an acknowledgement and a snooze', async () => {
      const body = { incident: { type: 'incident_reference', status: 'acknowledged' } }
      expect((await checked('PUT', '/incidents/{id}', { body })).status).toBe(200)
      const snoozed = await checked('POST', '/incidents/{id}/snooze', { body: { duration: 7200 } })
      expect(snoozed.status).toBe(201)
    })

    test('a bulk update', async () => {
      const body = { incidents: [{ id, type: 'incident_reference', status: 'acknowledged' }] }
      expect((await checked('PUT', '/incidents', { body })).status).toBe(200)
    })

    test.each(['/incidents/{id}/log_entries', '/log_entries'])('the timeline at %s', async (template) => {
      await makeHistory()
      for (const query of ['', '?include[]=channels&is_overview=true']) {
        const answer = await account.call('GET', template.replace('{id}', id) + query)
        // Two types that PagerDuty sends and its description leaves out.
        const described = listAt(answer.body, 'log_entries').filter(
          (entry) => !/^(responder_request|priority_change)/.test(String(at(entry, 'type'))),
        )
        expect(described.length).toBeGreaterThanOrEqual(8)
        const validate = compile('paths', template, 'get', 'responses', '200', ...JSON_CONTENT)
        check(validate, { ...toObject(answer.body), log_entries: described })
      }
    })

    test.each([
      { name: 'of a stranger', template: '/incidents/{id}', headers: { from: 'stranger@example.com' }, status: 400 },
      { name: 'without a token', template: '/incidents/{id}', headers: { authorization: undefined }, status: 401 },
    ])('the refusal of a call $name', async ({ template, headers, status }) => {
      const answer = await account.call('PUT', template.replace('{id}', id), {
        body: { incident: { type: 'incident_reference' } },
        headers,
      })
      expect(answer.status).toBe(status)
      check(compile('components', 'responses', 'Conflict', ...JSON_CONTENT), answer.body)
    })
  })

  test('the check would notice an answer that is wrong', async () => {
    const answer = await account.call('GET', '/incidents')
    const validate = compile('paths', '/incidents', 'get', 'responses', '200', ...JSON_CONTENT)
    const [incident] = listAt(answer.body, 'incidents')
    for (const wrong of [
      { status: 'snoozed' },
      { created_at: 'yesterday' },
      { assignments: [{ at: 1 }] },
      { alert_counts: [] },
    ]) {
      expect(validate({ ...toObject(answer.body), incidents: [{ ...toObject(incident), ...wrong }] })).toBe(false)
    }
  })
}

function toObject(value: unknown): object {
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object')
  return value
}
