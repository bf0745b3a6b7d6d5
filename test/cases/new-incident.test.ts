import { describe, expect, test } from '@jest/globals'
import { withNewIncident } from '../../src/cases/new-incident.ts'
import { aCase, anIncident, aSnooze, NOW_MS } from '../support/builders.ts'

const TAKEN = { by: 'Ada', what: 'acknowledge', atMs: NOW_MS }
const NEXT = anIncident({ id: 'Q2INCIDENT' })

describe('a further incident of the same key', () => {
  test('is judged anew: neither the snooze nor the owner of the one before is its own', () => {
    const subject = aCase({ state: 'snoozed', incidents: [anIncident()], snooze: aSnooze(), takenOver: TAKEN })
    expect(withNewIncident(subject, NEXT, NOW_MS)).toMatchObject({
      state: 'gathering',
      snooze: null,
      lastSnoozeEndMs: NOW_MS,
      takenOver: null,
    })
  })

  test('stays with the operator who took the case', () => {
    const takenOver = { ...TAKEN, by: 'operator ada' }
    const subject = aCase({ state: 'handed-over', incidents: [anIncident()], takenOver })
    expect(withNewIncident(subject, NEXT, NOW_MS).takenOver).toEqual(takenOver)
  })

  test.each([
    ['the incident is the known one', [anIncident()], anIncident()],
    ['it is the first one', [], NEXT],
    ['it is resolved', [anIncident()], anIncident({ id: 'Q2INCIDENT', status: 'resolved' as const })],
    ['none was read', [anIncident()], null],
  ])('changes nothing where %s', (_name, incidents, incident) => {
    const subject = aCase({ state: 'snoozed', incidents, snooze: aSnooze(), takenOver: TAKEN })
    expect(withNewIncident(subject, incident, NOW_MS)).toBe(subject)
  })
})
