import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const SRC = resolve(import.meta.dirname, '../../src')
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join(SRC, name), 'utf8') }))

/** Node's own ways out, and the libraries that have one. */
const FETCH = /\bfetch\(/
const NODE =
  /^import \{[^}]*\b(?:request|get|Agent|connect|createConnection)\b[^}]*\} from 'node:(?:https?|http2|net|tls|dgram)'/m
const LIBRARY =
  /^import (?!type)[^\n]*from '(?:@pagerduty|@slack|@octokit|ioredis|bullmq|etcd3|undici|ws|@grpc|@opentelemetry\/exporter)|\bimport\('(?:@slack|@octokit|ioredis|etcd3|openid-client)/m

/** Each of these knows what may leave through it: a file that joins them is to be thought about. */
const WAYS_OUT = [
  'clients/alertmanager.ts',
  'clients/call-budget-counts.ts',
  'clients/etcd-error.ts',
  'clients/etcd-member.ts',
  'clients/github-transport.ts',
  'clients/http-ask.ts',
  'clients/one-try-agent.ts',
  'clients/pagerduty-transport.ts',
  'clients/server-date.ts',
  'clients/slack-error.ts',
  'clients/slack-people.ts',
  'clients/slack-transport.ts',
  'handlers/oidc/provider.ts',
  'handlers/slack/bolt-app.ts',
  'handlers/slack/socket.ts',
  'looks/bullmq-engine.ts',
  'store/redis/connection.ts',
  'telemetry/otel.ts',
]

function holding(...patterns: RegExp[]): string[] {
  return files.flatMap(({ name, text }) => (patterns.some((one) => one.test(text)) ? [name] : [])).sort()
}

describe('what leaves the process', () => {
  test('leaves through these files and no other', () => {
    expect(holding(FETCH, NODE, LIBRARY)).toEqual(WAYS_OUT)
  })

  test('follows no redirect', () => {
    const following = files.filter(
      ({ text }) =>
        (text.match(/\bfetch\(/g)?.length ?? 0) > (text.match(/redirect: '(?:error|manual)'/g)?.length ?? 0),
    )
    expect(following.map(({ name }) => name)).toEqual([])
  })

  test('goes to no server whose certificate was not checked', () => {
    expect(holding(/rejectUnauthorized|checkServerIdentity|createInsecure|insecureSkip/i)).toEqual([])
    expect(holding(/NODE_TLS_REJECT_UNAUTHORIZED/)).toEqual(['config/config.ts'])
  })
})
