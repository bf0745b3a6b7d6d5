import { afterEach, expect, test } from '@jest/globals'
import { type PagerdutyServer, sendJson, startServerOf } from './pagerduty-server.ts'

let server: PagerdutyServer

afterEach(async () => {
  await server?.close()
})

test('a page of a hundred incidents whose alerts say much is read', async () => {
  const words = 'x'.repeat(40_000)
  const incidents = Array.from({ length: 100 }, (_, number) => ({ id: `Q${number}`, status: 'triggered', words }))
  server = await startServerOf((_request, response) => sendJson(response, 200, { incidents, more: false }))
  await expect(server.client.openIncidents('0'.repeat(64))).resolves.toHaveLength(100)
})

test('a page without an end is not', async () => {
  server = await startServerOf((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(`{"incidents":[],"words":"${'x'.repeat(17 * 1_048_576)}"}`)
  })
  await expect(server.client.openIncidents('0'.repeat(64))).rejects.toMatchObject({ code: 'unknown' })
})
