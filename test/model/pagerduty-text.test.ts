import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { alertsInText } from '../../src/model/pagerduty-text.ts'
import { CRN, NOW_MS } from '../support/builders.ts'

const ONE = `Labels:
 - alertname = ArmadaKPEventsProcessingErrors
 - CRN = ${CRN}
Annotations:
 - description = it fails
 - note = a = b
Source: http://prometheus/graph?a=1
`

describe('the alerts of an incident text', () => {
  test('labels, annotations and source of one alert', () => {
    expect(alertsInText(ONE, NOW_MS)).toEqual([
      {
        fingerprint: 'text-1',
        status: 'firing',
        labels: { alertname: 'ArmadaKPEventsProcessingErrors', CRN },
        annotations: { description: 'it fails', note: 'a = b' },
        startsAtMs: NOW_MS,
        endsAtMs: null,
        generatorUrl: 'http://prometheus/graph?a=1',
      },
    ])
  })

  test('several alerts without a blank line between them stay apart', () => {
    const alerts = alertsInText(ONE + ONE.replace('it fails', 'it fails too'), 0)
    expect(alerts.map(({ fingerprint, annotations }) => [fingerprint, annotations.description])).toEqual([
      ['text-1', 'it fails'],
      ['text-2', 'it fails too'],
    ])
  })

  test('a value over several lines is kept whole', () => {
    const [alert] = alertsInText('Labels:\n - a = 1\nAnnotations:\n - d = first\nsecond\n - e = 2\n', 0)
    expect(alert?.annotations).toEqual({ d: 'first\nsecond', e: '2' })
  })

  test('carriage returns and an empty value are no trouble', () => {
    expect(alertsInText('Labels:\r\n - a = \r\n - b = 2\r\n', 0)[0]?.labels).toEqual({ a: '', b: '2' })
  })

  test.each(['', 'nothing here', 'Annotations:\n - a = 1', 'Source: x', ' - a = 1'])('%j holds none', (text) => {
    expect(alertsInText(text, 0)).toEqual([])
  })

  test('a label named like a part of every object is a label', () => {
    const [alert] = alertsInText('Labels:\n - __proto__ = x\n - constructor = y\n', 0)
    expect(Object.entries(alert?.labels ?? {})).toContainEqual(['constructor', 'y'])
    expect(Object.getPrototypeOf(alert?.labels)).toBe(Object.prototype)
  })

  test('any text is read without an error', () => {
    const line = fc.constantFrom('Labels:', 'Annotations:', 'Source: x', ' - a = b', ' - a', 'more', '')
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(line).map((lines) => lines.join('\n')),
    )
    fc.assert(fc.property(text, (given) => Array.isArray(alertsInText(given, 0))))
  })
})
