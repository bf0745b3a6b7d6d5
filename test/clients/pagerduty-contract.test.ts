import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from '@jest/globals'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { z } from 'zod'
import { NOW_MS } from '../support/builders.ts'
import { type SeenRequest, sendJson, startServerOf } from './pagerduty-server.ts'

// PagerDuty states no licence for its description, so it is no part of this repository: it is used where it lies beside it.
const DESCRIPTION_FILE = resolve(import.meta.dirname, '../../../shared/contracts/pagerduty-openapi.json')

const parameter = z.object({ name: z.string(), in: z.string(), required: z.boolean().optional() })
const description = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.looseObject({ parameters: z.record(z.string(), parameter) }),
})
const operation = z.object({
  parameters: z.array(z.union([z.object({ $ref: z.string() }), parameter])),
})

/** One request of every kind that the client makes. */
async function everyRequest(): Promise<SeenRequest[]> {
  const incident = { id: 'Q1', status: 'acknowledged', escalation_policy: { id: 'P1' } }
  const note = { id: 'N1', content: 'x' }
  const server = await startServerOf((_request, response) =>
    sendJson(response, 200, {
      incident,
      incidents: [incident],
      note,
      notes: [note],
      alerts: [],
      log_entries: [],
      more: false,
    }),
  )
  const { client } = server
  try {
    await client.openIncidents('0123abcd')
    await client.incident('Q1')
    await client.alerts('Q1')
    await client.logEntries('Q1')
    await client.notes('Q1')
    await client.openIncidentsPage(NOW_MS, 0)
    await client.openIncidentsPage(null, 1)
    await client.accountLogPage(NOW_MS, 0)
    await client.incidentsMadePage({ sinceMs: NOW_MS - 86_400_000, untilMs: NOW_MS }, 0)
    await client.acknowledgeAll(['Q1', 'Q2'])
    await client.acknowledge('Q1')
    await client.trigger('Q1')
    await client.assignToOwnPolicy('Q1', 'P1')
    await client.snooze('Q1', 7_200)
    await client.addNote('Q1', 'words')
    return server.seen
  } finally {
    await server.close()
  }
}

if (!existsSync(DESCRIPTION_FILE)) {
  test('the published description is absent, and the requests are made without it', async () => {
    process.stdout.write(`PagerDuty's API description is not at ${DESCRIPTION_FILE}: requests not compared.\n`)
    expect(await everyRequest()).toHaveLength(15)
  })
} else {
  const raw: unknown = JSON.parse(readFileSync(DESCRIPTION_FILE, 'utf8'))
  const published = description.parse(raw)

  test('every request has a path, parameters, headers and a body that PagerDuty publishes', async () => {
    const ajv = new Ajv({ strict: false, allErrors: true })
    addFormats.default(ajv)
    for (const format of ['url', 'tzinfo', 'activesupport-time-zone']) ajv.addFormat(format, true)
    ajv.addSchema({ $id: 'pagerduty', ...published })
    const requests = await everyRequest()
    expect(requests).toHaveLength(15)
    for (const { method, url, headers, body } of requests) {
      const { pathname, searchParams } = new URL(url, 'http://pagerduty')
      const path = pathname.replace('/Q1', '/{id}')
      const known = operation.parse(published.paths[path]?.[method.toLowerCase()])
      const parameters = known.parameters.map((one) =>
        '$ref' in one ? parameter.parse(published.components.parameters[one.$ref.split('/').at(-1) ?? '']) : one,
      )
      const inQuery = parameters.filter((one) => one.in === 'query').map(({ name }) => name)
      expect(inQuery).toEqual(expect.arrayContaining([...new Set(searchParams.keys())]))
      for (const one of parameters.filter(({ required }) => required)) {
        if (one.in === 'header')
          expect({ path, name: one.name, value: headers[one.name.toLowerCase()] }).toMatchObject({
            value: expect.any(String),
          })
        if (one.in === 'query') expect(searchParams.has(one.name)).toBe(true)
      }
      if (body === '') continue
      const pointer = ['paths', path, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema']
        .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
        .join('/')
      const validate = ajv.compile({ $ref: `pagerduty#/${pointer}` })
      validate(JSON.parse(body))
      expect({ path, errors: validate.errors ?? [] }).toEqual({ path, errors: [] })
    }
  })
}
