import { DEFAULT_POLICY } from '../../../src/config/policy.ts'
import type { FindingQuestion } from '../../../src/evidence/findings/finding-source.ts'
import type { CaseAlert } from '../../../src/model/case.ts'
import type { Finding, FindingSource } from '../../../src/model/finding.ts'
import { identifyCluster } from '../../../src/model/identity.ts'
import { type ErrorTrace, traceOf } from '../../../src/runbook/error-trace.ts'
import { migrationContextOf } from '../../../src/runbook/migration-context.ts'
import { anAlert, aVerdict, NOW_MS } from '../../support/builders.ts'

/** A question about an alert that has its verdict, put at the tests' moment. */
export function aQuestion(
  alert: CaseAlert = anAlert(),
  change: Partial<FindingQuestion> & { trace?: ErrorTrace } = {},
): FindingQuestion {
  const trace = change.trace ?? traceOf(alert, DEFAULT_POLICY)
  return {
    nowMs: NOW_MS,
    alert,
    verdict: alert.judgement?.verdict ?? aVerdict('no-error-text', { kind: 'human' }),
    identity: identifyCluster(alert),
    migration: migrationContextOf(alert, DEFAULT_POLICY),
    trace,
    completedTrace: Promise.resolve(trace),
    snoozeEndMs: null,
    isStorm: false,
    signal: new AbortController().signal,
    ...change,
  }
}

/** Something that a source found. */
export function aFinding(change: Partial<Finding> & { source?: FindingSource } = {}): Finding {
  return {
    source: 'logs',
    outcome: 'found',
    summary: '3 lines for this cluster, 1 error among them',
    observedAt: new Date(NOW_MS).toISOString(),
    link: null,
    lines: [],
    quotes: [],
    steps: [],
    details: null,
    ...change,
  }
}
