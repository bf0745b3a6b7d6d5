import { createSign, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { DEFAULT_REPOSITORY } from '../../sandbox/github/github.ts'
import { createGithub, toJwt } from './github-caller.ts'

describe('creating an issue in the sandbox', () => {
  test('answers 201, makes missing labels and is in the ledger', async () => {
    const { ledger, github, call } = createGithub()
    const answer = await call('POST', 'issues', { title: 'Orphaned', body: '<!-- key -->', labels: ['kp-events'] })
    expect(answer).toMatchObject({ status: 201, body: { number: 1, state: 'open', labels: [{ name: 'kp-events' }] } })
    expect(ledger.of('issue', '1')).toMatchObject([
      {
        actor: 'responder',
        upstream: 'github',
        detail: { title: 'Orphaned', body: '<!-- key -->', labels: ['kp-events'] },
      },
    ])
    expect(github.issues()).toMatchObject([{ title: 'Orphaned', author: 'kp-responder' }])
  })

  test('twice makes two issues', async () => {
    const { github, call } = createGithub()
    for (let index = 0; index < 2; index += 1) await call('POST', 'issues', { title: 'same' })
    expect(github.issues().map(({ number }) => number)).toEqual([1, 2])
  })

  test('drops labels without a word where we cannot push', async () => {
    const { github, call } = createGithub()
    github.addRepository(DEFAULT_REPOSITORY, { hasPushAccess: false })
    expect(await call('POST', 'issues', { title: 'x', labels: ['a'] })).toMatchObject({
      status: 201,
      body: { labels: [] },
    })
    expect(await call('POST', 'issues/1/labels', { labels: ['a'] })).toMatchObject({ status: 403 })
  })

  test.each([
    ['no title', { body: 'x' }, 422],
    ['an empty title', { title: ' ' }, 422],
    ['a title of 257 characters', { title: 'x'.repeat(257) }, 422],
    ['a body of 65,537 characters', { title: 'x', body: 'x'.repeat(65_537) }, 422],
    ['no JSON', '{"title"', 400],
  ])('with %s is refused and commits nothing', async (_name, body, status) => {
    const { ledger, call } = createGithub()
    expect(await call('POST', 'issues', body)).toMatchObject({ status })
    expect(ledger.entries()).toEqual([])
  })

  test('counts characters, not UTF-16 units', async () => {
    const { call } = createGithub()
    expect(await call('POST', 'issues', { title: '🔑'.repeat(256) })).toMatchObject({ status: 201 })
  })

  test('answers 410 where issues are disabled and 404 where there is no repository', async () => {
    const { github, call } = createGithub()
    github.addRepository(DEFAULT_REPOSITORY, { hasIssues: false })
    expect(await call('POST', 'issues', { title: 'x' })).toMatchObject({ status: 410 })
    expect(await call('POST', '/repos/no/such/issues', { title: 'x' })).toMatchObject({ status: 404 })
  })
})

describe('listing issues of the sandbox', () => {
  const numbers = (list: Record<string, unknown>[]) => list.map((issue) => issue.number)

  test.each([
    ['labels are joined by AND, in any case', 'issues?labels=A,b&state=all', [2]],
    ['only open ones come unless asked', 'issues?labels=a', [4, 2]],
    ['all states', 'issues?labels=a&state=all', [4, 3, 2]],
    ['by creator, and pull requests are among them', 'issues?creator=Mia', [4]],
    ['oldest first', 'issues?direction=asc&state=all', [1, 2, 3, 4]],
    ['since the future', 'issues?since=2999-01-01T00:00:00Z', []],
  ])('%s', async (_name, path, expected) => {
    const { github, call } = createGithub()
    github.openIssue(DEFAULT_REPOSITORY, { title: 'one' })
    github.openIssue(DEFAULT_REPOSITORY, { title: 'two', labels: ['a', 'b'] })
    github.openIssue(DEFAULT_REPOSITORY, { title: 'three', labels: ['a'] })
    github.changeIssue(DEFAULT_REPOSITORY, 3, { state: 'closed' })
    github.openPullRequest(DEFAULT_REPOSITORY, { title: 'four', labels: ['a'], by: 'mia' })
    const { list } = await call('GET', path)
    expect(numbers(list)).toEqual(expected)
    for (const issue of list) expect('pull_request' in issue).toBe(issue.number === 4)
  })

  test('the Link header leads through all pages', async () => {
    const { github, call } = createGithub()
    for (let index = 0; index < 5; index += 1) github.openIssue(DEFAULT_REPOSITORY, { title: `issue ${index}` })
    const seen: unknown[] = []
    let path: string | undefined = 'issues?per_page=2'
    while (path) {
      const { list, headers } = await call('GET', path)
      seen.push(...numbers(list))
      path = /<http:\/\/sandbox\/github\/api\/v3([^>]+)>; rel="next"/.exec(headers.link ?? '')?.[1]
    }
    expect(seen).toEqual([5, 4, 3, 2, 1])
  })

  test('a replica that is behind hides a new issue from lists, not from its own address', async () => {
    const { clock, github, call } = createGithub()
    github.listLagMs = 10_000
    await call('POST', 'issues', { title: 'x' })
    expect((await call('GET', 'issues')).list).toEqual([])
    expect(await call('GET', 'issues/1')).toMatchObject({ status: 200 })
    clock.jump(10_000)
    expect((await call('GET', 'issues')).list).toHaveLength(1)
  })
})

describe('an issue of the sandbox', () => {
  test('is edited, closed, reopened, commented and labelled, each once in the ledger', async () => {
    const { ledger, call } = createGithub()
    await call('POST', 'issues', { title: 'x' })
    await call('PATCH', 'issues/1', { title: 'y' })
    const closed = await call('PATCH', 'issues/1', { state: 'closed' })
    expect(closed.body).toMatchObject({ state: 'closed', state_reason: 'completed', title: 'y' })
    expect(closed.body.closed_at).not.toBeNull()
    await call('PATCH', 'issues/1', { state: 'closed' })
    const reopened = await call('PATCH', 'issues/1', { state: 'open' })
    expect(reopened.body).toMatchObject({ state: 'open', state_reason: 'reopened', closed_at: null })
    const comment = await call('POST', 'issues/1/comments', { body: 'again' })
    expect(comment).toMatchObject({ status: 201, body: { body: 'again' } })
    await call('POST', 'issues/1/labels', { labels: ['a'] })
    expect((await call('PUT', 'issues/1/labels', ['b'])).list).toMatchObject([{ name: 'b' }])
    expect((await call('GET', 'issues/1/comments')).list).toHaveLength(1)
    expect(ledger.entries().map(({ effect }) => effect)).toEqual([
      'issue',
      'issue-edit',
      'issue-close',
      'issue-edit',
      'issue-comment',
      'issue-edit',
      'issue-edit',
    ])
  })

  test('answers 410 once deleted and 301 with its new address once transferred', async () => {
    const { github, call } = createGithub()
    github.addRepository('kp-sandbox/elsewhere')
    github.openIssue(DEFAULT_REPOSITORY, { title: 'one' })
    github.openIssue(DEFAULT_REPOSITORY, { title: 'two' })
    github.deleteIssue(DEFAULT_REPOSITORY, 1)
    github.transferIssue(DEFAULT_REPOSITORY, 2, 'kp-sandbox/elsewhere')
    expect(await call('POST', 'issues/1/comments', { body: 'x' })).toMatchObject({ status: 410 })
    expect(await call('GET', 'issues/2')).toMatchObject({
      status: 301,
      headers: { location: 'http://sandbox/github/api/v3/repos/kp-sandbox/elsewhere/issues/1' },
    })
    expect(await call('GET', '/repos/kp-sandbox/elsewhere/issues/1')).toMatchObject({ body: { title: 'two' } })
    expect((await call('GET', 'issues?state=all')).list).toEqual([])
  })

  test('a label is made once, whatever its case', async () => {
    const { call } = createGithub()
    expect(await call('POST', 'labels', { name: 'KP', color: 'FF0000' })).toMatchObject({
      status: 201,
      body: { color: 'ff0000' },
    })
    expect(await call('POST', 'labels', { name: 'kp' })).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'already_exists' }] },
    })
    expect(await call('GET', 'labels/kp')).toMatchObject({ status: 200, body: { name: 'KP' } })
    expect(await call('GET', 'labels/other')).toMatchObject({ status: 404 })
  })
})

describe('search of the sandbox', () => {
  test('shows a change only after the lag', async () => {
    const { clock, github, call } = createGithub()
    github.searchLagMs = 60_000
    await call('POST', 'issues', { title: 'orphan', body: 'marker-1', labels: ['kp-events'] })
    const q = (text: string) => call('GET', `/search/issues?q=${encodeURIComponent(text)}`)
    expect(await q('marker-1 is:issue')).toMatchObject({ body: { total_count: 0 } })
    clock.jump(60_001)
    await call('PATCH', 'issues/1', { state: 'closed' })
    expect(await q(`repo:${DEFAULT_REPOSITORY} "marker-1" label:kp-events is:open is:issue`)).toMatchObject({
      body: { total_count: 1 },
    })
    clock.jump(60_001)
    expect(await q('marker-1 is:open is:issue')).toMatchObject({ body: { total_count: 0 } })
  })

  test('wants is:issue from an app user token', async () => {
    const { call } = createGithub()
    expect(await call('GET', '/search/issues?q=x', undefined, 'Bearer ghu_1')).toMatchObject({ status: 422 })
    expect(await call('GET', '/search/issues?q=x+is:issue', undefined, 'Bearer ghu_1')).toMatchObject({ status: 200 })
    expect(await call('GET', '/search/issues')).toMatchObject({ status: 422 })
  })
})

describe('credentials of the sandbox', () => {
  test.each([
    ['nothing', '', 401],
    ['basic', 'Basic eDp5', 401],
    ['an installation token never issued', 'Bearer ghs_unknown', 401],
    ['a token in the old word', 'token ghp_1', 200],
  ])('%s answers its status', async (_name, authorization, status) => {
    const { call } = createGithub()
    expect(await call('GET', 'issues', undefined, authorization)).toMatchObject({ status })
  })

  const now = () => Math.floor(Date.now() / 1000)

  test.each([
    ['a good JWT', () => toJwt({ iss: '42', iat: now() - 60, exp: now() + 540 }), 201],
    ['an expiry over 10 minutes away', () => toJwt({ iss: '42', iat: now(), exp: now() + 700 }), 401],
    ['an expired one', () => toJwt({ iss: '42', iat: now() - 600, exp: now() - 10 }), 401],
    ['one without issuer', () => toJwt({ iat: now(), exp: now() + 60 }), 401],
    ['one of another algorithm', () => toJwt({ iss: '42', iat: now(), exp: now() + 60 }, { alg: 'HS256' }), 401],
    ['no JWT at all', () => 'ghp_1', 401],
  ])('an installation token for %s', async (_name, jwt, status) => {
    const { call } = createGithub()
    expect(await call('POST', '/app/installations/7/access_tokens', {}, `Bearer ${jwt()}`)).toMatchObject({ status })
  })

  test('an installation token lives an hour and sees only its repositories', async () => {
    const { clock, github, call } = createGithub()
    github.addRepository('kp-sandbox/elsewhere')
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    github.credentials.appPublicKey = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const unsigned = toJwt({ iss: 42, iat: now() - 60, exp: now() + 540 })
    const content = unsigned.slice(0, unsigned.lastIndexOf('.'))
    const signed = `${content}.${createSign('RSA-SHA256').update(content).sign(privateKey, 'base64url')}`
    const narrow = { repositories: ['armada-kp-events'], permissions: { issues: 'write' } }
    const path = '/app/installations/7/access_tokens'
    expect(await call('POST', path, narrow, `Bearer ${unsigned}`)).toMatchObject({ status: 401 })
    const { body } = await call('POST', path, narrow, `Bearer ${signed}`)
    const bearer = `Bearer ${String(body.token)}`
    expect(await call('POST', 'issues', { title: 'x' }, bearer)).toMatchObject({
      status: 201,
      body: { user: { login: 'kp-responder[bot]', type: 'Bot' } },
    })
    expect(await call('GET', '/repos/kp-sandbox/elsewhere/issues', undefined, bearer)).toMatchObject({ status: 404 })
    clock.jump(3_600_000)
    expect(await call('GET', 'issues', undefined, bearer)).toMatchObject({ status: 401 })
  })
})

describe('limits of the sandbox', () => {
  test('Enterprise Server has no rate limit headers and no /rate_limit, the cloud has both', async () => {
    const ghes = createGithub()
    const cloud = createGithub({ flavour: 'cloud' })
    expect(Object.keys((await ghes.call('GET', 'issues')).headers)).toEqual([])
    expect(await ghes.call('GET', '/rate_limit')).toMatchObject({ status: 404 })
    expect((await cloud.call('GET', 'issues')).headers).toMatchObject({ 'x-ratelimit-remaining': '4999' })
    expect(await cloud.call('GET', '/rate_limit')).toMatchObject({ status: 200, body: { rate: { used: 1 } } })
  })

  test.each([
    [403, 30, { 'retry-after': '30' }],
    [429, undefined, {}],
  ] as const)('a secondary limit answers %d and commits nothing', async (status, retryAfterSeconds, headers) => {
    const { ledger, github, call } = createGithub()
    github.setSecondaryLimit({ status, ...(retryAfterSeconds && { retryAfterSeconds }) })
    const refused = await call('POST', 'issues', { title: 'x' })
    expect({ status: refused.status, headers: refused.headers }).toEqual({ status, headers })
    expect(ledger.entries()).toEqual([])
    expect(await call('POST', 'issues', { title: 'x' })).toMatchObject({ status: 201 })
  })

  test('an empty hour answers 403 with nothing remaining and the time it ends', async () => {
    const { clock, github, call } = createGithub({ flavour: 'cloud' })
    github.setHourlyLimit(1)
    await call('GET', 'issues')
    const refused = await call('GET', 'issues')
    expect(refused).toMatchObject({ status: 403, headers: { 'x-ratelimit-remaining': '0' } })
    expect(Number(refused.headers['x-ratelimit-reset']) * 1000).toBeGreaterThan(clock.now().getTime())
    clock.jump(3_600_000)
    expect(await call('GET', 'issues')).toMatchObject({ status: 200 })
  })

  test('more creations a minute than allowed are refused', async () => {
    const { github, call } = createGithub()
    github.setCreationsPerMinute(1)
    const first = await call('POST', 'issues', { title: 'x' })
    const second = await call('POST', 'issues/1/comments', { body: 'x' })
    expect([first.status, second.status]).toEqual([201, 403])
    expect(second.headers).toMatchObject({ 'retry-after': '60' })
  })
})
