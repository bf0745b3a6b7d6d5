import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Ajv } from 'ajv'
import type { Flavour } from '../../sandbox/github/github.ts'
import { createGithub, toJwt } from './github-caller.ts'

const FILES: [flavour: Flavour, file: string][] = [
  ['cloud', 'github-openapi.json'],
  ['ghes', 'github-ghes-3.19-openapi.json'],
]

/** `nullable` without `type` is legal in OpenAPI 3.0 and unknown to JSON Schema. */
function relax(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(relax)
  if (typeof node !== 'object' || node === null) return node
  const relaxed: Record<string, unknown> = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, relax(value)]),
  )
  if (relaxed.nullable !== true) return relaxed
  const { nullable: _nullable, ...rest } = relaxed
  return { anyOf: [rest, { type: 'null' }] }
}

const bearer = () => {
  const now = Math.floor(Date.now() / 1000)
  return `Bearer ${toJwt({ iss: '1', iat: now - 60, exp: now + 500 })}`
}

interface Call {
  request: [method: string, path: string, body?: unknown, authorization?: string]
  status: number
  schema: string
  isList?: boolean
}

const CALLS: Call[] = [
  { request: ['POST', 'issues', { title: 'x', labels: ['a'] }], status: 201, schema: 'issue' },
  { request: ['GET', 'issues/1'], status: 200, schema: 'issue' },
  { request: ['PATCH', 'issues/1', { state: 'closed' }], status: 200, schema: 'issue' },
  { request: ['GET', 'issues?state=all'], status: 200, schema: 'issue', isList: true },
  { request: ['POST', 'issues/1/comments', { body: 'x' }], status: 201, schema: 'issue-comment' },
  { request: ['GET', 'issues/1/comments'], status: 200, schema: 'issue-comment', isList: true },
  { request: ['GET', 'issues/1/labels'], status: 200, schema: 'label', isList: true },
  { request: ['POST', 'labels', { name: 'kp' }], status: 201, schema: 'label' },
  { request: ['GET', 'issues/99'], status: 404, schema: 'basic-error' },
  { request: ['POST', 'issues', { title: 'x'.repeat(257) }], status: 422, schema: 'validation-error' },
]

for (const [flavour, file] of FILES) {
  const full = path.resolve(import.meta.dirname, '../../../shared/contracts', file)
  const isPresent = existsSync(full)
  if (!isPresent) process.stdout.write(`${file} is not beside the project: this GitHub contract is not checked\n`)
  const describeIfPresent = isPresent ? describe : describe.skip

  describeIfPresent(`the sandbox against the public description of GitHub (${flavour})`, () => {
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
    const relaxed = isPresent ? relax(JSON.parse(readFileSync(full, 'utf8'))) : undefined
    if (typeof relaxed === 'object' && relaxed !== null) ajv.addSchema(relaxed, 'github')

    function faultsOf(schema: string, value: unknown) {
      const check = ajv.compile({ $ref: `github#/components/schemas/${schema}` })
      check(value)
      return check.errors ?? []
    }

    test.each(CALLS)(
      '$request.0 $request.1 answers $status by the schema $schema',
      async ({ request, status, schema, isList }) => {
        const { call } = createGithub({ flavour })
        await call('POST', 'issues', { title: 'first', body: 'b', labels: ['l'] })
        await call('POST', 'issues/1/comments', { body: 'c' })
        const answer = await call(...request)
        expect(answer.status).toBe(status)
        const bodies = isList ? answer.list : [answer.body]
        expect(bodies.length).toBeGreaterThan(0)
        for (const body of bodies) expect(faultsOf(schema, body)).toEqual([])
      },
    )

    test('a search result and an installation token follow their schemas', async () => {
      const { call } = createGithub({ flavour })
      await call('POST', 'issues', { title: 'first', body: 'b', labels: ['l'] })
      const { body } = await call('GET', '/search/issues?q=first+is:issue')
      const items: unknown[] = Array.isArray(body.items) ? body.items : []
      expect(items).toHaveLength(1)
      for (const item of items) expect(faultsOf('issue-search-result-item', item)).toEqual([])
      const issued = await call('POST', '/app/installations/7/access_tokens', {}, bearer())
      expect(faultsOf('installation-token', issued.body)).toEqual([])
    })
  })
}
