/** A credential of one kind as it stands in a text, with the part that must be found nowhere. */
export interface PlantedSecret {
  name: string
  text: string
  canary: string
}

/** A value that no pattern of a token's own shape knows: only the words around it tell what it is. */
function opaque(number: number): string {
  return `cn4ry${String(number).padStart(2, '0')}Zq8wLm3xTv`
}

// Put together at run time, so that no scanner of this repository takes them for real ones.
const SHAPED: readonly [name: string, secret: string][] = [
  ['Slack bot token', ['xoxb', '123456789012', '1234567890123', 'AbCdEfGhIjKlMnOp'].join('-')],
  ['Slack user token', ['xoxp', '123456789012', '123456789012', 'a1b2c3d4e5f60718'].join('-')],
  ['Slack app token', ['xapp', '1', 'A0123456789', '1234567890123', 'abcdef0123456789'].join('-')],
  ['Slack refresh token', ['xoxe', '1', 'My0xLTEyMzQ1Njc4OTAtYWJj'].join('-')],
  ['Slack rotated bot token', `xoxe.${['xoxb', '1', 'Mi0xLTEyMzQ1Njc4OTAtYWJj'].join('-')}`],
  ['GitHub token', ['ghp', 'aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789'].join('_')],
  ['GitHub server token', ['ghs', 'zYxWvUtSrQpOnMlKjIhGfEdCbA9876543210'].join('_')],
  ['GitHub OAuth token', ['gho', 'QwErTyUiOpAsDfGhJkLzXcVbNm1234567890'].join('_')],
  ['GitHub fine-grained token', ['github', 'pat', '11AAAAAAA0abcdefghijkl_mnopqrstuvwxyz012345'].join('_')],
  ['AWS key id', ['AKIA', 'IOSFODNN7EXAMPLE'].join('')],
  ['AWS session key id', ['ASIA', 'Y34FZKBOKMUTVV7A'].join('')],
  ['JWT', ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'SflKxwRJSMeKKF2QT4fwpM'].join('.')],
  ['unsigned JWT', ['eyJhbGciOiJub25lIn0', 'eyJ1c2VyIjoiYWRtaW4ifQ', ''].join('.')],
  ['token glued to a word', `SLACK_TOKEN_${['xoxb', '210987654321', 'ZyXwVuTsRqPoNmLk'].join('-')}`],
]

const NAMED: readonly [name: string, around: (value: string) => string][] = [
  ['Bearer', (value) => `Authorization: Bearer ${value}`],
  ['Bearer after two blanks', (value) => `authorization: bearer  ${value}`],
  ['Basic', (value) => `Authorization: Basic ${value}==`],
  ['PagerDuty authorization', (value) => `Authorization: Token token=${value}`],
  ['password=', (value) => `password=${value}`],
  ['password: with blanks', (value) => `password   :   ${value}`],
  ['passwd', (value) => `passwd: ${value}`],
  ['pwd', (value) => `Server=db;Pwd=${value};`],
  ['passphrase', (value) => `passphrase: "${value}"`],
  ['api_key:', (value) => `api_key: ${value}`],
  ['api-key in quotes', (value) => `x-api-key: '${value}'`],
  ['apikey', (value) => `apikey=${value}&alt=json`],
  ['camel case', (value) => `{apiKey: "${value}"}`],
  ['JSON', (value) => `{"token":"${value}","a":1}`],
  ['JSON inside JSON', (value) => `{\\"password\\":\\"${value}\\"}`],
  ['IBM Cloud API key', (value) => `IBMCLOUD_API_KEY=${value}`],
  ['IBM Cloud short name', (value) => `ic_api_key: ${value}`],
  ['PagerDuty API key', (value) => `PAGERDUTY_API_TOKEN=${value}`],
  ['PagerDuty routing key', (value) => `routing_key: ${value}`],
  ['PagerDuty integration key', (value) => `integration_key=${value}`],
  ['PagerDuty service key', (value) => `"service_key": "${value}"`],
  ['AWS secret key', (value) => `aws_secret_access_key = ${value}`],
  ['client secret', (value) => `client_secret=${value}`],
  ['access token in an address', (value) => `https://host.example/path?access_token=${value}&x=1`],
  ['signing secret', (value) => `SLACK_SIGNING_SECRET='${value}'`],
  ['database password', (value) => `DB_PASSWORD=${value}`],
  ['command line', (value) => `curl --password ${value} --token=${value}`],
  ['URL credentials', (value) => `https://user:${value}@host.example/path`],
  ['URL credentials without a user', (value) => `redis://:${value}@host.example:6379`],
  ['URL credentials with a mail address as user', (value) => `https://a%40b.example:${value}@host.example/`],
  ['Slack webhook address', (value) => `https://hooks.slack.com/services/T0123/B0123/${value}`],
  ['private key', (value) => `-----BEGIN PRIVATE KEY-----\n${value}\n-----END PRIVATE KEY-----`],
  ['RSA private key, never ended', (value) => `-----BEGIN RSA PRIVATE KEY-----\n${value}\n`],
  [
    'OpenSSH private key',
    (value) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${value}\n-----END OPENSSH PRIVATE KEY-----`,
  ],
  [
    'PGP private key',
    (value) => `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${value}\n-----END PGP PRIVATE KEY BLOCK-----`,
  ],
  [
    'long private key',
    (value) => `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(9_000)}${value}\n-----END PRIVATE KEY-----`,
  ],
]

/** Every kind of credential that a text from outside may carry. None is real. */
export const PLANTED_SECRETS: readonly PlantedSecret[] = [
  ...SHAPED.map(([name, secret]) => ({ name, text: secret, canary: secret.replace(/^SLACK_TOKEN_|\.$/g, '') })),
  ...NAMED.map(([name, around], index) => ({ name, text: around(opaque(index)), canary: opaque(index) })),
]
