import { webhookAlert } from '../a-webhook.ts'
import { FORM, type Headers, type Surface, type SurfaceName } from './surfaces.ts'

/** What comes of an input: refused with a status and a word; kept for people; or taken in as any good one. */
export type Outcome =
  | '400 bad_request'
  | '401 unauthorized'
  | '405 method_not_allowed'
  | '413 payload_too_large'
  | '415 unsupported_media_type'
  | '431 header_too_large'
  | 'set aside'
  | 'taken'

export interface Request {
  method: string
  url: string
  headers: Headers
  body: Buffer
}

/** One kind of bad input: what it makes of a good request, and what comes of it at each surface where it can happen. */
export interface Row {
  what: string
  make: (good: Request, surface: Surface) => Partial<Request>
  expected: Partial<Record<SurfaceName, Outcome>>
}

const EVERYWHERE = (outcome: Outcome) => ({
  alertmanager: outcome,
  pagerduty: outcome,
  slack: outcome,
  api: outcome,
})
/** A well-signed event of PagerDuty is never refused: three refusals end its subscription. */
const MALFORMED = { ...EVERYWHERE('400 bad_request'), pagerduty: 'set aside' } as const
const OTHER_TYPE = { ...EVERYWHERE('415 unsupported_media_type'), pagerduty: 'set aside' } as const
const JSON_TYPE = { 'content-type': 'application/json' }

/** Another body, with the proof of its sender. */
function body(what: string, bytes: string | Buffer | ((good: string) => string | Buffer)): Row {
  return {
    what,
    make: (good, { prove }) => {
      const given = typeof bytes === 'function' ? bytes(good.body.toString()) : bytes
      const changed = Buffer.from(given)
      return { body: changed, headers: { ...JSON_TYPE, ...prove(changed) } }
    },
    expected: MALFORMED,
  }
}

function header(what: string, change: Headers, expected: Row['expected']): Row {
  return { what, make: ({ headers }) => ({ headers: { ...headers, ...change } }), expected }
}

function withoutProof(what: string, change: Headers, more: Partial<Request> = {}): Row {
  return {
    what,
    make: () => ({ headers: { ...JSON_TYPE, ...change }, ...more }),
    expected: EVERYWHERE('401 unauthorized'),
  }
}

const nested = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`
const inField = (value: string) => (good: string) => good.replace(/^\{/, `{"more":${value},`)

export const CREDENTIALS: readonly Row[] = [
  withoutProof('no credential', {}),
  withoutProof('a wrong token', { authorization: 'Bearer canary-canary-canary-canary' }),
  withoutProof('another scheme', { authorization: 'Basic Y2FuYXJ5OmNhbmFyeQ==' }),
  withoutProof('a token that ends in a comma', { authorization: 'Bearer canary,' }),
  withoutProof('an empty signature', { 'x-pagerduty-signature': '', 'x-slack-signature': '' }),
  {
    what: 'the credential in the address',
    make: ({ url, headers }) => {
      const query = new URLSearchParams(
        Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
      )
      const token = String(headers.authorization ?? '').slice(7)
      return { url: `${url}?${query}&token=${token}&access_token=${token}`, headers: JSON_TYPE }
    },
    expected: EVERYWHERE('401 unauthorized'),
  },
  {
    what: 'a body with one space more than was signed',
    make: ({ body: good }) => ({ body: Buffer.from(`${good.toString()} `) }),
    expected: { pagerduty: '401 unauthorized', slack: '401 unauthorized' },
  },
  {
    what: 'a body whose keys stand in another order than was signed',
    make: ({ body: good }) => {
      const parsed: unknown = JSON.parse(good.toString())
      const turned = Object.fromEntries(Object.entries(Object(parsed)).reverse())
      return { body: Buffer.from(`${JSON.stringify(turned).slice(0, -1)},"more":1}`) }
    },
    expected: { pagerduty: '401 unauthorized', slack: '401 unauthorized' },
  },
  {
    what: 'its signature twice',
    make: ({ headers }) => ({
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) =>
          /signature|timestamp/.test(name) ? [name, [String(value), String(value)]] : [name, value],
        ),
      ),
    }),
    expected: { pagerduty: '401 unauthorized', slack: '401 unauthorized' },
  },
  {
    what: 'the proof of another surface',
    make: ({ body: good }, { name }) => ({
      headers: { ...JSON_TYPE, ...(name === 'api' ? { authorization: 'Bearer webhook-token-0123456789abcdef' } : {}) },
      body: good,
    }),
    expected: EVERYWHERE('401 unauthorized'),
  },
]

export const HEADS: readonly Row[] = [
  ...['GET', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'].map(
    (method): Row => ({
      what: `the method ${method}`,
      make: () => ({ method, body: Buffer.alloc(0) }),
      expected: {
        ...EVERYWHERE('405 method_not_allowed'),
        ...(method === 'GET' ? { api: 'taken' } : {}),
      },
    }),
  ),
  {
    what: 'no content type',
    make: ({ headers: { 'content-type': _type, ...headers } }) => ({ headers }),
    expected: OTHER_TYPE,
  },
  header('XML', { 'content-type': 'application/xml' }, OTHER_TYPE),
  header('plain text', { 'content-type': 'text/plain' }, OTHER_TYPE),
  header('UTF-16', { 'content-type': 'application/json; charset=utf-16' }, OTHER_TYPE),
  header('JSON with a parameter more', { 'content-type': 'application/json; charset=utf-8; v=1' }, OTHER_TYPE),
  header('a type that only begins as JSON', { 'content-type': 'application/jsonp' }, OTHER_TYPE),
  header('a form', { 'content-type': FORM }, OTHER_TYPE),
  header('several parts', { 'content-type': 'multipart/form-data; boundary=x' }, OTHER_TYPE),
  header('gzip', { 'content-encoding': 'gzip' }, OTHER_TYPE),
  header('br', { 'content-encoding': 'br' }, OTHER_TYPE),
  header('two encodings', { 'content-encoding': 'identity, gzip' }, OTHER_TYPE),
  header('JSON in UTF-8, said so', { 'content-type': 'Application/JSON; charset="UTF-8"' }, EVERYWHERE('taken')),
  header('somebody else’s address', { 'x-forwarded-for': '10.0.0.1', forwarded: 'for=10.0.0.1' }, EVERYWHERE('taken')),
  header('a host of markup', { host: '<canary>' }, EVERYWHERE('400 bad_request')),
  {
    what: '101 headers',
    make: ({ headers }) => ({
      headers: { ...headers, ...Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`x-${at}`, '1'])) },
    }),
    expected: EVERYWHERE('431 header_too_large'),
  },
  {
    what: 'a body over the limit',
    make: (_good, { limit, prove }) => {
      const large = Buffer.alloc(limit + 1, ' ')
      return { body: large, headers: { ...JSON_TYPE, ...prove(large) } }
    },
    expected: EVERYWHERE('413 payload_too_large'),
  },
]

export const BODIES: readonly Row[] = [
  body('nothing', ''),
  body('blanks', '  \n'),
  body('half an object', '{"canary"'),
  body('something after the object', (good) => `${good}{"canary":1}`),
  body('null', 'null'),
  body('a list', '["canary"]'),
  body('a text', '"canary"'),
  body('a number', '1'),
  body('NaN', 'NaN'),
  body('a comment', (good) => `/* canary */${good}`),
  body('the byte FF', (good) => Buffer.concat([Buffer.from(good.slice(0, -1)), Buffer.from([0x20, 0xff, 0x7d])])),
  body('an overlong slash', (good) =>
    Buffer.concat([Buffer.from(`{"a":"`), Buffer.from([0xc0, 0xaf]), Buffer.from(`",${good.slice(1)}`)]),
  ),
  body('half a surrogate pair', inField('"\\ud800"')),
  body('half a surrogate pair as a key', (good) => good.replace(/^\{/, '{"\\udfff":1,')),
  body('half a character in bytes', (good) => Buffer.concat([Buffer.from(good), Buffer.from([0xe2, 0x82])])),
  body('UTF-16 with its mark', (good) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(good, 'utf16le')])),
  body('a byte order mark', (good) => `\ufeff${good}`),
  body('the key __proto__', (good) => good.replace(/^\{/, '{"__proto__":{"canary":1},')),
  body('the key __proto__ in escapes', (good) => good.replace(/^\{/, '{"\\u005f_proto__":{"canary":1},')),
  body('the key __proto__ far inside', inField('[[{"a":{"__proto__":null}}]]')),
  body('constructor.prototype', (good) => good.replace(/^\{/, '{"constructor":{"prototype":{"canary":1}},')),
  body('34 levels', inField(nested(33))),
  {
    ...body('100,000 levels', inField(nested(100_000))),
    expected: { ...MALFORMED, api: '413 payload_too_large' },
  },
  body('levels without end', '['.repeat(8_000)),
  body('a raw line feed in a text', inField('"canary\n"')),
  body('a NUL', (good) => `${good}\u0000`),
]

const alertmanager = (what: string, change: (good: string) => string, outcome: Outcome): Row => ({
  ...body(what, change),
  expected: { alertmanager: outcome },
})
const alert = (change: Record<string, unknown>) => (good: string) => {
  const parsed: unknown = JSON.parse(good)
  return JSON.stringify({ ...Object(parsed), alerts: [webhookAlert(change)] })
}
const truncated = (count: string) => (good: string) => good.replace('"truncatedAlerts":0', `"truncatedAlerts":${count}`)

export const VALUES: readonly Row[] = [
  alertmanager('more than any number', truncated('1e999'), '400 bad_request'),
  alertmanager('minus nothing', truncated('-0'), '400 bad_request'),
  alertmanager('2^63', truncated('9223372036854775808'), '400 bad_request'),
  alertmanager('half an alert cut off', truncated('0.5'), '400 bad_request'),
  alertmanager('a start in year 1', alert({ startsAt: '0001-01-01T00:00:00Z' }), '400 bad_request'),
  alertmanager('a start in year 9999', alert({ startsAt: '9999-12-31T23:59:59Z' }), '400 bad_request'),
  alertmanager('a start on 30 February', alert({ startsAt: '2026-02-30T00:00:00Z' }), '400 bad_request'),
  alertmanager('an end in year 1, as while it fires', alert({ endsAt: '0001-01-01T00:00:00Z' }), 'taken'),
  alertmanager('another version', (good) => good.replace('"version":"4"', '"version":"5"'), 'set aside'),
  alertmanager('no version', (good) => good.replace('"version":"4",', ''), '400 bad_request'),
  alertmanager('a field of a newer Alertmanager', inField('{"canary":[1]}'), 'taken'),
  alertmanager('no alerts', (good) => JSON.stringify({ ...Object(JSON.parse(good)), alerts: null }), '400 bad_request'),
  alertmanager('labels that are a list', alert({ labels: ['canary'] }), '400 bad_request'),
  alertmanager('a fingerprint with a line feed', alert({ fingerprint: 'canary\n' }), '400 bad_request'),
  alertmanager('a key twice, of which the last counts', (good) => good.replace(/^\{/, '{"version":"5",'), 'taken'),
  { ...body('an unknown mode', '{"mode":"canary"}'), expected: { api: '400 bad_request' } },
  { ...body('an unknown key', '{"paused":true,"canary":1}'), expected: { api: '400 bad_request' } },
  { ...body('a word for a truth', '{"paused":"true"}'), expected: { api: '400 bad_request' } },
  {
    ...body('an unknown event', (good) => good.replace('incident.triggered', 'incident.canary')),
    expected: { pagerduty: 'taken' },
  },
  { ...body('an unknown type of event', '{"type":"canary"}'), expected: { slack: 'taken' } },
]
