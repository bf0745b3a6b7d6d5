import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type AnsweringServer, json, startAnsweringServer } from '../support/answering-server.ts'

const ROOT = join(import.meta.dirname, '../..')
const ADVISORY = { id: 1, url: 'https://example.com/1', title: 'harm', vulnerable_versions: '<999.0.0' }

let registry: AnsweringServer

beforeAll(async () => {
  registry = await startAnsweringServer()
})
afterAll(() => registry.close())

/** What `npm run advisories` says of the lock file, and its exit code, with the registry of the test. */
async function ask(): Promise<{ code: number; says: string }> {
  // What npm keeps of earlier answers is another folder's.
  const cache = await mkdtemp(join(tmpdir(), 'advisories-'))
  const options = ['--registry', registry.url, '--cache', cache, '--fetch-retries=0']
  const script = [join(ROOT, 'scripts/advisories.ts'), ...options]
  try {
    const { stdout } = await promisify(execFile)(process.execPath, script, { cwd: ROOT })
    return { code: 0, says: stdout }
  } catch (error) {
    const { code, stdout } = Object(error)
    return { code, says: stdout }
  } finally {
    await rm(cache, { recursive: true, force: true })
  }
}

test.each([
  ['nothing is known', json(200, {}), 0, /^advisories: 0 high, 0 critical$/m],
  [
    'something grave is known',
    json(200, { zod: [{ ...ADVISORY, severity: 'high' }] }),
    1,
    /^advisories: [1-9]\d* high, 0 critical$[\s\S]*^ {2}zod: high$/m,
  ],
  ['something light is known', json(200, { zod: [{ ...ADVISORY, severity: 'low' }] }), 0, /^advisories: 0 high/m],
  ['the registry tells none', json(405, {}), 0, /^advisories: not checked, this registry tells none \(.*405/m],
])('where %s, it is said, and only what is grave is a failure', async (_what, answer, code, says) => {
  // Besides the advisories npm asks for what else there is of a package, to propose another version of it.
  registry.answer = (response, { url }) => (url.endsWith('/bulk') ? answer : json(404, {}))(response)
  registry.seen.length = 0
  expect(await ask()).toEqual({ code, says: expect.stringMatching(says) })
  expect(registry.seen.some(({ url }) => url.endsWith('/bulk'))).toBe(true)
})
