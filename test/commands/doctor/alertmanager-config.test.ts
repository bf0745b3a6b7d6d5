import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { checkAlertmanagerConfig } from '../../../src/commands/doctor/alertmanager-config.ts'

const ALERTNAME = 'ArmadaKPEventsProcessingErrors'
const WEBHOOK =
  "{url: 'http://responder:8080/webhooks/alertmanager', http_config: {authorization: {credentials_file: /token}}}"

/** States of the findings on a configuration, and everything they say. */
function look(yaml: string) {
  const findings = checkAlertmanagerConfig(yaml, [ALERTNAME])
  return { states: findings.map(({ state }) => state), says: findings.map(({ says }) => says).join('\n') }
}

function config(route: string, webhook = WEBHOOK, pagerduty = '{routing_key: x}'): string {
  return `route: ${route}
receivers:
  - {name: both, webhook_configs: [${webhook}], pagerduty_configs: [${pagerduty}]}
  - {name: webhook, webhook_configs: [${webhook}]}
  - {name: pager, pagerduty_configs: [${pagerduty}]}
  - {name: nobody}
`
}

describe('an Alertmanager configuration', () => {
  test('with both in one receiver, grouped by cluster, is well', () => {
    expect(look(config('{receiver: both, group_by: [alertname, CRN]}')).states).toEqual(['ok', 'ok'])
  })

  test.each([
    [
      'by labels',
      '{receiver: nobody, routes: [{match: {service: armada-kp-events}, receiver: both, group_by: [CRN]}]}',
    ],
    [
      'by a regular expression',
      '{receiver: nobody, routes: [{match_re: {alertname: "Armada.*"}, receiver: both, group_by: [CRN]}]}',
    ],
    [
      'by matchers',
      `{receiver: nobody, routes: [{matchers: ['alertname=~"ArmadaKP.+"', 'severity!="critical"'], receiver: both, group_by: [CRN]}]}`,
    ],
    [
      'by matchers in braces',
      `{receiver: nobody, routes: [{matchers: '{service="armada-kp-events", severity!~"critical|page"}', receiver: both, group_by: [CRN]}]}`,
    ],
    [
      'by a bare matcher',
      '{receiver: nobody, routes: [{matchers: [severity = warning], receiver: both, group_by: [CRN]}]}',
    ],
    ['by what a child inherits', '{receiver: both, group_by: [CRN], routes: [{matchers: [severity=warning]}]}'],
    [
      'past a child that does not match',
      '{receiver: both, group_by: ["..."], routes: [{match: {severity: critical}, receiver: nobody}]}',
    ],
  ])('finds the route %s', (_name, route) => {
    expect(look(config(route)).states).toEqual(['ok', 'ok'])
  })

  test.each([
    [
      'webhook and PagerDuty in two routes',
      '{receiver: nobody, routes: [{receiver: webhook, continue: true}, {receiver: pager}]}',
      'different routes',
    ],
    ['no webhook', '{receiver: pager}', 'none of them sends to /webhooks/alertmanager'],
    ['no PagerDuty', '{receiver: webhook}', 'none of them pages'],
    [
      'a child that takes the alert away',
      '{receiver: both, routes: [{match: {severity: warning}, receiver: nobody}]}',
      'none of them sends',
    ],
    ['a receiver that is not there', '{receiver: ghost}', 'none of them sends'],
  ])('with %s fails and says so', (_name, route, says) => {
    const { states, says: said } = look(config(route))
    expect(states).toEqual(['fail'])
    expect(said).toContain(says)
  })

  test('that sends the alert a second time is warned of', () => {
    const route = '{receiver: nobody, routes: [{receiver: both, continue: true, group_by: [CRN]}, {receiver: pager}]}'
    expect(look(config(route)).states).toEqual(['ok', 'warn', 'ok'])
  })

  test.each([
    ['no token', "{url: 'http://r/webhooks/alertmanager'}", '{routing_key: x}', 'fail', 'no bearer token'],
    ['no end', WEBHOOK.replace('{url', '{send_resolved: false, url'), '{routing_key: x}', 'fail', 'send_resolved'],
    ['a cut group', WEBHOOK.replace('{url', '{max_alerts: 5, url'), '{routing_key: x}', 'warn', 'max_alerts is 5'],
    ["PagerDuty's incidents left open", WEBHOOK, '{routing_key: x, send_resolved: false}', 'warn', 'stay open'],
  ])('with %s is found out', (_name, webhook, pagerduty, state, says) => {
    const { states, says: said } = look(config('{receiver: both, group_by: [CRN]}', webhook, pagerduty))
    expect(states).toEqual(['ok', state, 'ok'])
    expect(said).toContain(says)
  })

  test('that groups all clusters together is warned of', () => {
    expect(look(config('{receiver: both, group_by: [alertname]}')).states).toEqual(['ok', 'warn'])
  })

  test('takes the token of the global http_config', () => {
    const plain = config('{receiver: both, group_by: [CRN]}', "{url: 'http://r/webhooks/alertmanager'}")
    expect(look(`global: {http_config: {authorization: {credentials: x}}}\n${plain}`).states).toEqual(['ok', 'ok'])
  })

  test.each([
    ['no YAML', '{', 'no YAML'],
    ['an empty file', '', 'not what Alertmanager reads'],
    ['a list', '[]', 'not what Alertmanager reads'],
    ['a matcher that nobody can read', config('{receiver: both, routes: [{matchers: ["((("]}]}'), "can't be read"],
  ])('that is %s fails and says so', (_name, yaml, says) => {
    const { states, says: said } = look(yaml)
    expect(states).toEqual(['fail'])
    expect(said).toContain(says)
  })

  test('of any shape gets findings and never an error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.jsonValue().map((value) => JSON.stringify(value)),
        ),
        (text) => {
          expect(look(text).states.length).toBeGreaterThan(0)
        },
      ),
    )
  })
})
