import { describe, expect, test } from '@jest/globals'
import { assertAllowedCall } from '../../src/clients/pagerduty-allowed.ts'
import { TerminalError } from '../../src/errors.ts'
import { sendJson, startServerOf } from './pagerduty-server.ts'

function change(fields: object): object {
  return { incident: { type: 'incident_reference', ...fields } }
}

const ONE = { id: 'Q1', type: 'incident_reference', status: 'acknowledged' }

function lotOf(count: number) {
  return { incidents: Array.from({ length: count }, (_, number) => ({ ...ONE, id: `Q${number}` })) }
}

const USER = { assignee: { id: 'PUSER', type: 'user_reference' } }
const POLICY = { id: 'PPOLICY', type: 'escalation_policy_reference' }

describe('the calls that may leave', () => {
  test.each<[string, string, unknown]>([
    ['GET', '/incidents?incident_key=x', undefined],
    ['GET', '/incidents/Q1?include[]=acknowledgers', undefined],
    ['GET', '/incidents/Q1/alerts', undefined],
    ['GET', '/incidents/Q1/notes', undefined],
    ['GET', '/incidents/Q1/log_entries?limit=100', undefined],
    ['GET', '/log_entries?since=x', undefined],
    ['GET', '/users?query=x%40example.com&limit=100&offset=0', undefined],
    ['GET', '/services/P1', undefined],
    ['PUT', '/incidents', lotOf(2)],
    ['PUT', '/incidents', lotOf(50)],
    ['PUT', '/incidents/Q1', change({ status: 'acknowledged' })],
    ['PUT', '/incidents/Q1', change({ status: 'triggered' })],
    ['PUT', '/incidents/Q1', change({ escalation_policy: POLICY })],
    ['POST', '/incidents/Q1/snooze', { duration: 7_200 }],
    ['POST', '/incidents/Q1/notes', { note: { content: 'words' } }],
  ])('%s %s', (method, path, body) => {
    expect(() => assertAllowedCall({ method, path, body })).not.toThrow()
  })

  test.each<[string, string, string, unknown]>([
    ['a lot of one', 'PUT', '/incidents', lotOf(1)],
    ['a change of a service', 'PUT', '/services/P1', { service: {} }],
    ['a list of services', 'GET', '/services', undefined],
    ['a change of a user', 'PUT', '/users/P1', { user: {} }],
    ['a lot that is too large', 'PUT', '/incidents', lotOf(51)],
    [
      'a lot that resolves one',
      'PUT',
      '/incidents',
      { incidents: [...lotOf(1).incidents, { ...ONE, status: 'resolved' }] },
    ],
    [
      'a lot that triggers one',
      'PUT',
      '/incidents',
      { incidents: [...lotOf(1).incidents, { ...ONE, status: 'triggered' }] },
    ],
    [
      'a lot that assigns one',
      'PUT',
      '/incidents',
      { incidents: [...lotOf(1).incidents, { ...ONE, assignments: [USER] }] },
    ],
    ['a lot that names more than incidents', 'PUT', '/incidents', { ...lotOf(2), resolution: 'done' }],
    ['a lot of another path', 'PUT', '/incidents/Q1', lotOf(2)],
    ['a resolve', 'PUT', '/incidents/Q1', change({ status: 'resolved' })],
    ['a resolve beside an acknowledge', 'PUT', '/incidents/Q1', change({ status: 'acknowledged', resolution: 'done' })],
    ['an assignment to a user', 'PUT', '/incidents/Q1', change({ assignments: [USER] })],
    [
      'an assignment beside a policy',
      'PUT',
      '/incidents/Q1',
      change({ escalation_policy: POLICY, assignments: [USER] }),
    ],
    ['an escalation', 'PUT', '/incidents/Q1', change({ escalation_level: 2 })],
    ['another title', 'PUT', '/incidents/Q1', change({ status: 'triggered', title: 'x' })],
    ['another urgency', 'PUT', '/incidents/Q1', change({ urgency: 'low' })],
    ['a change without a type', 'PUT', '/incidents/Q1', { incident: { status: 'acknowledged' } }],
    ['a change of several', 'PUT', '/incidents', { incidents: [{ id: 'Q1', status: 'resolved' }] }],
    ['a merge', 'PUT', '/incidents/Q1/merge', { source_incidents: [] }],
    ['a snooze of 0 s', 'POST', '/incidents/Q1/snooze', { duration: 0 }],
    ['a snooze of more than a week', 'POST', '/incidents/Q1/snooze', { duration: 604_801 }],
    ['a snooze of half a second', 'POST', '/incidents/Q1/snooze', { duration: 0.5 }],
    ['an empty note', 'POST', '/incidents/Q1/notes', { note: { content: '' } }],
    ['a new incident', 'POST', '/incidents', { incident: { title: 'x' } }],
    ['a deletion', 'DELETE', '/incidents/Q1/notes/N1', undefined],
    ['a read with a body', 'GET', '/incidents/Q1', {}],
    ['the users', 'GET', '/users', undefined],
    ['a way out of the path', 'GET', '/incidents/../users', undefined],
    ['a path inside the id', 'PUT', '/incidents/Q1%2Fmerge', change({ status: 'triggered' })],
    ['an absolute address', 'GET', 'https://evil.example/incidents', undefined],
    ['a host in the path', 'GET', '//evil.example/incidents', undefined],
    ['a line end after the path', 'GET', '/incidents\n', undefined],
  ])('%s is not among them', (_name, method, path, body) => {
    expect(() => assertAllowedCall({ method, path, body })).toThrow(TerminalError)
  })

  test.each(['../users', 'Q1/merge', 'Q1?x=1', '', 'Q1#x', 'Ｑ1'])(
    'the id %j is refused before a socket opens',
    async (id) => {
      const server = await startServerOf((_request, response) => sendJson(response, 200, {}))
      try {
        await expect(server.client.acknowledge(id)).rejects.toMatchObject({ name: 'TerminalError', code: 'rejected' })
        await expect(server.client.snooze('Q1', 0)).rejects.toMatchObject({ code: 'rejected' })
        expect(server.connections()).toBe(0)
      } finally {
        await server.close()
      }
    },
  )
})
