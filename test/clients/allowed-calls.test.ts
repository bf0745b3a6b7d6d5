import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { assertEtcdReads } from '../../src/clients/etcd-allowed.ts'
import { githubCalls } from '../../src/clients/github-allowed.ts'
import { createGithubTransport } from '../../src/clients/github-transport.ts'
import { askByForm, askByGet, askByJson } from '../../src/clients/http-ask.ts'
import {
  ALERTMANAGER_CALLS,
  IAM_POLICY_CALLS,
  IAM_TOKEN_CALLS,
  IBM_CLOUD_LOGS_CALLS,
  KEY_PROTECT_CALLS,
  KUBERNETES_CALLS,
  LOGDNA_CALLS,
  PROMETHEUS_CALLS,
} from '../../src/clients/reading-allowed.ts'
import { assertAllowedMethod } from '../../src/clients/slack-allowed.ts'
import { createSlackCall } from '../../src/clients/slack-transport.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import { TerminalError } from '../../src/errors.ts'
import { sendJson, startServerOf } from './pagerduty-server.ts'

const REJECTED = { name: 'TerminalError', code: 'rejected' }
const POST = { channel: 'C1', text: 'hi', link_names: false, parse: 'none', unfurl_links: false, unfurl_media: false }
const UPDATE = { channel: 'C1', ts: '1.0', text: 'hi', link_names: false, parse: 'none' }

describe('Slack', () => {
  test.each<[string, Record<string, unknown>]>([
    ['auth.test', {}],
    ['conversations.history', { channel: 'C1', oldest: '0', latest: undefined, inclusive: true, limit: 999 }],
    ['chat.postMessage', { ...POST, blocks: [], metadata: undefined, thread_ts: '1.0' }],
    ['chat.update', UPDATE],
    ['chat.postEphemeral', { channel: 'C1', user: 'U1', text: 'hi', link_names: false }],
    ['views.open', { trigger_id: '1', view: { type: 'modal' } }],
  ])('may be asked %s', (method, parameters) => {
    expect(() => assertAllowedMethod(method, parameters)).not.toThrow()
  })

  test.each<[string, string, Record<string, unknown>]>([
    ['to delete a message', 'chat.delete', { channel: 'C1', ts: '1.0' }],
    ['to post a file', 'files.upload', { channels: 'C1' }],
    ['to invite', 'conversations.invite', { channel: 'C1', users: 'U1' }],
    ['to archive', 'conversations.archive', { channel: 'C1' }],
    ['for all people', 'users.list', {}],
    ['by another address', 'https://evil.example/auth.test', {}],
    ['by a path', '../auth.test', {}],
    ['by the name of an object’s part', 'toString', {}],
    ['to post with mentions', 'chat.postMessage', { ...POST, link_names: true }],
    ['to post with a preview', 'chat.postMessage', { ...POST, unfurl_links: true }],
    ['to post without saying that there is none', 'chat.postMessage', { channel: 'C1', text: 'hi' }],
    ['to post as somebody', 'chat.postMessage', { ...POST, username: 'Ada' }],
    ['to post with another token', 'chat.postMessage', { ...POST, token: 'xoxp-1' }],
    ['to post into the channel from a thread', 'chat.postMessage', { ...POST, reply_broadcast: true }],
    ['to edit with mentions', 'chat.update', { ...UPDATE, parse: 'full' }],
    ['to publish a home tab', 'views.publish', { user_id: 'U1', view: {} }],
  ])('may not be asked %s, and nothing is sent', async (_what, method, parameters) => {
    const server = await startServerOf((_request, response) => sendJson(response, 200, { ok: true }))
    try {
      const call = createSlackCall({ apiUrl: `${server.url}/`, botToken: secretFromValue('xoxb-1'), now: Date.now })
      await expect(call(method, z.unknown(), parameters)).rejects.toMatchObject(REJECTED)
      expect(server.connections()).toBe(0)
    } finally {
      await server.close()
    }
  })
})

const ISSUE = { title: 'x', body: 'y', labels: ['kp-events'] }
const TOKEN = { repositories: ['kp'], permissions: { issues: 'write' } }

describe('GitHub', () => {
  const allowed = githubCalls('acme/kp')

  test.each<[string, string, unknown]>([
    ['GET', '/repos/acme/kp', undefined],
    ['GET', '/repos/acme/kp/issues?state=all&page=2', undefined],
    ['GET', '/repos/acme/kp/issues/12', undefined],
    ['GET', '/repos/acme/kp/issues/12/comments', undefined],
    ['POST', '/repos/acme/kp/issues', ISSUE],
    ['POST', '/repos/acme/kp/issues/12/comments', { body: 'y' }],
    ['POST', '/app/installations/7/access_tokens', TOKEN],
  ])('may get %s %s', (method, path, body) => {
    expect(() => allowed({ method, path, body })).not.toThrow()
  })

  test.each<[string, string, string, unknown]>([
    ['another repository', 'GET', '/repos/acme/other', undefined],
    ['a repository with a name like ours', 'GET', '/repos/acme/kp-secrets', undefined],
    ['an owner with a name like ours', 'GET', '/repos/acmeX/kp', undefined],
    ['a file', 'GET', '/repos/acme/kp/contents/.env', undefined],
    ['a secret', 'GET', '/repos/acme/kp/actions/secrets', undefined],
    ['the user', 'GET', '/user', undefined],
    ['the closing of an issue', 'PATCH', '/repos/acme/kp/issues/12', { state: 'closed' }],
    ['the lock of an issue', 'PUT', '/repos/acme/kp/issues/12/lock', {}],
    ['the deletion of a comment', 'DELETE', '/repos/acme/kp/issues/comments/1', undefined],
    ['an issue with somebody to do it', 'POST', '/repos/acme/kp/issues', { ...ISSUE, assignees: ['ada'] }],
    ['an issue in another repository', 'POST', '/repos/acme/other/issues', ISSUE],
    [
      'a token for every repository',
      'POST',
      '/app/installations/7/access_tokens',
      { permissions: { issues: 'write' } },
    ],
    [
      'a token for another repository',
      'POST',
      '/app/installations/7/access_tokens',
      { ...TOKEN, repositories: ['other'] },
    ],
    [
      'a token that may write files',
      'POST',
      '/app/installations/7/access_tokens',
      { ...TOKEN, permissions: { issues: 'write', contents: 'write' } },
    ],
    ['a path upwards', 'GET', '/repos/acme/kp/../../user', undefined],
    ['a path in escapes', 'GET', '/repos/acme/kp%2F..%2Fother', undefined],
    ['no path of ours', 'GET', '', undefined],
  ])('may not get %s', (_what, method, path, body) => {
    expect(() => allowed({ method, path, body })).toThrow(TerminalError)
  })

  test('gets nothing of what may not leave, whatever our own code asks its library for', async () => {
    const server = await startServerOf((_request, response) => sendJson(response, 200, {}))
    try {
      const send = createGithubTransport({ apiUrl: server.url, repository: 'acme/kp', now: Date.now })
      const call = { operation: 'close', schema: z.unknown(), bearer: async () => 'token' }
      const where = { owner: 'acme', repo: 'kp', issue_number: 1 }
      for (const forbidden of [
        send({
          ...call,
          send: (octokit, request) => octokit.rest.issues.update({ ...where, state: 'closed', request }),
        }),
        send({ ...call, send: (octokit, request) => octokit.rest.repos.delete({ ...where, request }) }),
        send({
          ...call,
          send: (octokit, request) => octokit.rest.issues.get({ ...where, baseUrl: 'http://127.0.0.1:9', request }),
        }),
      ])
        await expect(forbidden).rejects.toMatchObject(REJECTED)
      expect(server.connections()).toBe(0)
    } finally {
      await server.close()
    }
  })
})

const range = (change: object = {}) => ({
  request_range: { key: Buffer.from('/clusters/x'), count_only: true, ...change },
})

describe('etcd', () => {
  test.each<[string, string, unknown]>([
    ['KV', 'txn', { compare: [], success: [range(), range()], failure: [] }],
    ['Maintenance', 'status', {}],
    ['Auth', 'authenticate', { name: 'u', password: 'p' }],
  ])('may get %s.%s', (service, method, params) => {
    expect(() => assertEtcdReads({ service, method, params })).not.toThrow()
  })

  test.each<[string, string, string, unknown]>([
    ['a put', 'KV', 'put', { key: Buffer.from('x') }],
    ['a deletion', 'KV', 'deleteRange', { key: Buffer.from('x') }],
    ['a put in a transaction', 'KV', 'txn', { compare: [], success: [{ request_put: {} }], failure: [] }],
    [
      'a deletion where a comparison fails',
      'KV',
      'txn',
      { compare: [], success: [range()], failure: [{ request_delete_range: {} }] },
    ],
    ['a read that may be stale', 'KV', 'txn', { compare: [], success: [range({ serializable: true })], failure: [] }],
    ['a read of values', 'KV', 'txn', { compare: [], success: [range({ count_only: false })], failure: [] }],
    [
      'a read of a prefix',
      'KV',
      'txn',
      { compare: [], success: [range({ range_end: Buffer.from('0') })], failure: [] },
    ],
    ['nothing to read', 'KV', 'txn', { compare: [], success: [], failure: [] }],
    ['a compaction', 'KV', 'compact', {}],
    ['a lease', 'Lease', 'leaseGrant', {}],
    ['a watch', 'Watch', 'watch', {}],
    ['a change of members', 'Cluster', 'memberAdd', {}],
    ['a change of who may', 'Auth', 'userAdd', {}],
    ['a snapshot', 'Maintenance', 'snapshot', {}],
  ])('may not get %s', (_what, service, method, params) => {
    expect(() => assertEtcdReads({ service, method, params })).toThrow(TerminalError)
  })
})

const READERS = {
  Alertmanager: ALERTMANAGER_CALLS,
  Prometheus: PROMETHEUS_CALLS,
  LogDNA: LOGDNA_CALLS,
  'IBM Cloud Logs': IBM_CLOUD_LOGS_CALLS,
  'Key Protect': KEY_PROTECT_CALLS,
  'IAM policies': IAM_POLICY_CALLS,
  'IAM tokens': IAM_TOKEN_CALLS,
  Kubernetes: KUBERNETES_CALLS,
} as const

describe('who is only asked', () => {
  test.each<[keyof typeof READERS, string, string, unknown]>([
    ['Alertmanager', 'POST', '/api/v2/silences', {}],
    ['Alertmanager', 'POST', '/api/v2/alerts', []],
    ['Alertmanager', 'DELETE', '/api/v2/silence/1', undefined],
    ['Prometheus', 'POST', '/api/v1/admin/tsdb/delete_series', undefined],
    ['Prometheus', 'GET', '/api/v1/status/config', undefined],
    ['Prometheus', 'POST', '/-/quit', undefined],
    ['LogDNA', 'POST', '/v1/config/view', {}],
    ['IBM Cloud Logs', 'POST', '/v1/rule_groups', {}],
    ['IBM Cloud Logs', 'POST', '/v1/query', { query: 'x', metadata: { syntax: 'other' } }],
    ['Key Protect', 'GET', '/api/v2/keys/1', undefined],
    ['Key Protect', 'POST', '/api/v2/keys/1/actions/delete', {}],
    ['Key Protect', 'DELETE', '/api/v2/keys/1', undefined],
    ['IAM policies', 'POST', '/v1/policies', {}],
    ['IAM policies', 'GET', '/v1/policies', undefined],
    ['IAM tokens', 'POST', '/identity/token', { grant_type: 'password', apikey: 'x' }],
    ['IAM tokens', 'POST', '/v1/apikeys', {}],
    ['Kubernetes', 'GET', '/api/v1/namespaces/armada/secrets', undefined],
    ['Kubernetes', 'GET', '/api/v1/secrets', undefined],
    ['Kubernetes', 'POST', '/api/v1/namespaces/armada/pods/x/exec', {}],
    ['Kubernetes', 'DELETE', '/api/v1/namespaces/armada/pods/x', undefined],
    ['Kubernetes', 'GET', '/api/v1/namespaces/armada/pods/x/../../secrets', undefined],
  ])('%s may not get %s %s', (reader, method, path, body) => {
    expect(() => READERS[reader]({ method, path, body })).toThrow(TerminalError)
  })

  test('gets nothing of it: it is refused before a socket opens', async () => {
    const server = await startServerOf((_request, response) => sendJson(response, 200, {}))
    try {
      const question = (path: string, allowed: (typeof READERS)[keyof typeof READERS]) => ({
        what: 'x',
        url: new URL(`${server.url}${path}`),
        allowed,
        headers: {},
        timeoutMs: 1_000,
        limitBytes: 1_000,
      })
      const secrets = question('/api/v1/namespaces/armada/secrets', KUBERNETES_CALLS)
      await expect(askByGet(secrets)).rejects.toMatchObject(REJECTED)
      await expect(askByJson(question('/api/v1/query', PROMETHEUS_CALLS), {})).rejects.toMatchObject(REJECTED)
      const key = question('/identity/token', IAM_TOKEN_CALLS)
      await expect(askByForm(key, new URLSearchParams({ grant_type: 'x' }))).rejects.toMatchObject(REJECTED)
      expect(server.connections()).toBe(0)
    } finally {
      await server.close()
    }
  })
})
