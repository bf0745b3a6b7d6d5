import { activePayloads } from './active-payloads.ts'
import { PLANTED_SECRETS } from './secrets.ts'

/** One text that somebody outside may have written. */
export interface Payload {
  /** Unique, for the test's title. */
  name: string
  text: string
}

const CHARACTERS: readonly Payload[] = [
  { name: 'carriage return and line feed', text: 'a\r\nSnoozed 2 h: forged\r\nb' },
  { name: 'fake log line', text: 'x"}\n{"level":"fatal","msg":"forged","time":"2026-01-01T00:00:00Z"}\n{"y":"' },
  { name: 'fake log line after a carriage return', text: 'x\r{"level":"info","msg":"forged"}' },
  { name: 'terminal colour', text: '\u001b[31mred\u001b[0m' },
  { name: 'terminal clear', text: '\u001b[2J\u001b[H' },
  { name: 'terminal title', text: '\u001b]0;forged\u0007' },
  { name: 'terminal hyperlink', text: '\u001b]8;;https://evil.example/\u0007ok\u001b]8;;\u0007' },
  { name: 'control sequence of C1', text: 'a\u009b2Jb' },
  { name: 'operating system command of C1', text: 'a\u009d0;forged\u009cb' },
  { name: 'next line of C1', text: 'a\u0085forged' },
  { name: 'every C0', text: String.fromCodePoint(...Array.from({ length: 32 }, (_, code) => code)) },
  { name: 'every C1', text: String.fromCodePoint(...Array.from({ length: 33 }, (_, code) => 0x7f + code)) },
  { name: 'NUL', text: 'a\u0000b' },
  { name: 'backspaces', text: 'busy\b\b\b\bfine' },
  { name: 'line separator', text: 'a\u2028Needs nobody' },
  { name: 'paragraph separator', text: 'a\u2029Needs nobody' },
  { name: 'vertical tab and form feed', text: 'a\u000bb\u000cc' },
  { name: 'right-to-left override', text: 'a\u202egnp.exe' },
  { name: 'right-to-left embedding', text: 'a\u202bb\u202c' },
  { name: 'isolates', text: '\u2066a\u2067b\u2068c\u2069' },
  { name: 'direction marks', text: '\u200ea\u200fb\u061cc' },
  { name: 'zero-width space', text: '@\u200bhere <\u200b!channel>' },
  { name: 'zero-width joiners', text: 'kp-\u200dresponder\u200c:0123456789abcdef' },
  { name: 'word joiner', text: 'https:\u2060//evil.example/' },
  { name: 'byte order mark', text: '\ufeff@here' },
  { name: 'soft hyphen', text: 'ht\u00adtps://evil.example/' },
  { name: 'tag letters', text: `a${String.fromCodePoint(0xe0068, 0xe0069, 0xe007f)}b` },
  { name: 'interlinear annotation', text: 'a\ufff9b\ufffac\ufffb' },
  { name: 'lone high surrogate', text: 'a\ud800b' },
  { name: 'lone low surrogate', text: 'a\udc00b' },
  { name: 'surrogates the wrong way round', text: '\udc00\ud800' },
  { name: 'non-characters', text: '\uffff\ufffe\u{1ffff}' },
  { name: 'private use', text: '\ue000\u{f0000}' },
  { name: 'combining marks', text: `Z${'\u0301'.repeat(100_000)}` },
  { name: 'one long word', text: 'x'.repeat(100_000) },
  { name: 'one long line', text: 'the cluster is busy '.repeat(10_000) },
  { name: 'many lines', text: 'line\n'.repeat(20_000) },
  { name: 'many emoji', text: '\u{1f44d}\u{1f3fd}'.repeat(5_000) },
  { name: 'emoji in a family', text: '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}' },
  { name: 'backticks, many', text: '`'.repeat(3_000) },
  { name: 'angle brackets, many', text: '<'.repeat(3_000) },
  { name: 'square brackets, many', text: '['.repeat(3_000) },
  { name: 'stars, many', text: '*a '.repeat(2_000) },
  { name: 'at signs, many', text: '@'.repeat(2_000) },
  { name: 'only blanks', text: ' \t\u00a0\u3000 ' },
  { name: 'only what cannot be seen', text: '\u200b\u200b\u2060' },
  { name: 'nothing', text: '' },
  { name: 'cluster id with a homoglyph', text: 'cluster bu0c7dkl0te7m5kq6u8\u0261 is busy' },
  { name: 'cluster id in full width', text: 'cluster \uff42u0c7dkl0te7m5kq6u8g is busy' },
  { name: 'cluster id with a zero-width space', text: 'cluster bu0c7dkl0t\u200be7m5kq6u8g is busy' },
  { name: 'cluster id with a path', text: 'cluster bu0c7dkl0te7m5kq6u8g/../../etc/passwd' },
  { name: 'account name in Cyrillic', text: '@\u0430dmin @\u043erg/team' },
]

const MARKS: readonly Payload[] = [
  'kp-responder:0123456789abcdef',
  'KP-RESPONDER:0123456789abcdef',
  '\nkp-responder:0123456789abcdef',
  'kp-responder:kp-responder:0123456789abcdef',
  'kp-kp-responder:responder:0123456789abcdef',
  '<!-- kp-responder:issue:0123456789abcdef -->',
  '--> <!-- kp-responder:issue-comment:0123456789abcdef -->',
  '```\n<!-- kp-responder:issue:0123456789abcdef -->\n```',
  'kp-responder\u200b:0123456789abcdef',
  'kp\u00ad-responder:0123456789abcdef',
].map((text) => ({ name: `our own mark ${JSON.stringify(text)}`, text }))

/** Words that alone are nothing, in front of which and behind which the others stand. */
const AROUND = 'error completing request: '

/** Every hostile text. Each is planted in every place from which text comes. */
export const PAYLOADS: readonly Payload[] = [
  ...activePayloads(),
  ...CHARACTERS,
  ...MARKS,
  ...PLANTED_SECRETS.map(({ name, text }) => ({ name: `secret: ${name}`, text: `${AROUND}${text}` })),
]

/** What ordinary texts become in one line: they have to stay readable. */
export const ORDINARY: readonly { text: string; shown: string }[] = [
  {
    text: 'error completing request, the cluster is busy with another KMS action',
    shown: 'error completing request, the cluster is busy with another KMS action',
  },
  {
    text: 'Error finding ETCD info for cluster bu0c7dkl0te7m5kq6u8g: rpc error: code = NotFound',
    shown: 'Error finding ETCD info for cluster bu0c7dkl0te7m5kq6u8g: rpc error: code = NotFound',
  },
  {
    text: 'kms_update failed (attempt 3/5, 42%): "timed out" after 30s; retrying in 5m — see #armada-deploy',
    shown: 'kms_update failed (attempt 3/5, 42%): "timed out" after 30s; retrying in 5m — see #armada-deploy',
  },
  {
    text: 'token expired; password reset failed; no secret found; basic authentication and bearer authentication refused',
    shown:
      'token expired; password reset failed; no secret found; basic authentication and bearer authentication refused',
  },
  { text: 'Schlüssel ungültig: 鍵が無効です 👍🏽', shown: 'Schlüssel ungültig: 鍵が無効です 👍🏽' },
  {
    text: 'get https://us-south.kms.cloud.ibm.com/api/v2/keys: 403 Forbidden',
    shown: 'get https[:]//us-south.kms.cloud.ibm.com/api/v2/keys: 403 Forbidden',
  },
]
