import { describe, expect, test } from '@jest/globals'
import type { Evidence } from '../../src/model/evidence.ts'
import type { Finding } from '../../src/model/finding.ts'
import { hiddenMark } from '../../src/model/issue.ts'
import { BODY_LIMIT, issueBody, issueComment, issueTitle } from '../../src/plan/issue-text.ts'
import { aFinding } from '../evidence/findings/a-question.ts'
import { ACCOUNT_ID, aCase, anAlert, aSituation, aVerdict, CLUSTER_ID, CRN, labelsOf } from '../support/builders.ts'

function anEvidence(quote: string, change: Partial<Evidence> = {}): Evidence {
  return {
    source: 'kp-events-alerts',
    outcome: 'found',
    summary: 'kp-events at 2026-11-22T11:52:00.000Z',
    observedAt: '2026-11-22T11:59:50.000Z',
    link: 'https://slack.example.com/archives/C018KJ6NW4A/p1',
    quote,
    ...change,
  }
}

function bodyWith(evidence: Evidence[], labels: Record<string, string> = {}, entries: Finding[] = []): string {
  const verdict = aVerdict(
    'orphaned-key-registration',
    { kind: 'issue-then-snooze', seconds: 43_200, budget: 'orphanSnoozes' },
    { evidence },
  )
  const alert = anAlert({
    labels: { ...labelsOf(CLUSTER_ID), ...labels },
    judgement: { kind: 'verdict', verdict },
    findings: { outcomeKey: 'x', reason: verdict.reason, askedAtMs: 0, entries },
  })
  return issueBody(alert, CLUSTER_ID, aSituation({ subject: aCase({ alerts: [alert] }) }))
}

/** The markdown without what stands in code: there GitHub mentions, links and renders nothing. */
function outsideCode(markdown: string): string {
  return markdown.replace(/^(`{3,})[^\n]*\n[\s\S]*?\n\1$/gm, '').replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '')
}

describe('the issue of a deleted cluster', () => {
  test('names the cluster in its title', () => {
    expect(issueTitle(CLUSTER_ID)).toBe(`Orphaned KMS key registration: cluster ${CLUSTER_ID}`)
  })

  test.each([
    ['the CRN', CRN],
    ['the account', ACCOUNT_ID],
    ['the region', 'us-south'],
    ['the carrier', 'prod-dal10-carrier104'],
    ['the evidence, quoted', '```text\nError finding ETCD info\n```'],
    ['the link to the evidence', '(<https://slack.example.com/archives/C018KJ6NW4A/p1>)'],
    ['the incident', '(<https://acme.pagerduty.com/incidents/Q1INCIDENT>)'],
    ['the step of the runbook', 'step 6'],
    ['the case page', '(<https://responder.example.com/cases/case-1>)'],
    ['the hidden mark', hiddenMark('issue', CLUSTER_ID)],
  ])('holds %s', (_what, words) => {
    expect(bodyWith([anEvidence('Error finding ETCD info')])).toContain(words)
  })

  test.each([
    ['a mention', '@everyone and @acme/team look'],
    ['a reference', 'fixes #123 and acme/other#5 and GH-7'],
    ['a link', '[click](https://evil.example.com) <https://evil.example.com> www.evil.example.com'],
    ['an image', '![x](https://evil.example.com/x.png)'],
    ['an HTML comment', '<!-- hidden --> <img src=x> <details>'],
    ['our own mark', hiddenMark('issue', CLUSTER_ID)],
    ['the end of a fence', '```\n# evil heading @everyone\n```'],
    ['the end of a long fence', '``````````\n@everyone #1\n``````````'],
    ['the end of a code span', 'a ` @everyone #1 ` b `` @everyone'],
    ['tildes', '~~~\n@everyone #1'],
    ['line ends of other kinds', 'a\r```\r\n@everyone\u2028```\n#1'],
    ['a line that is only backticks', '`````'],
  ])('keeps %s from outside inert', (_what, hostile) => {
    const harmless = outsideCode(bodyWith([anEvidence('x')]))
    const body = bodyWith([anEvidence(hostile, { summary: hostile })], { carrier_name: hostile })
    expect(outsideCode(body)).toBe(harmless)
    expect(body.split('kp-responder:')).toHaveLength(2)
  })

  test('begins with the registration that Key Protect names, and the command that would remove it as it is', () => {
    const command = `curl -X DELETE 'https://eu-de.kms.cloud.ibm.com/x' -H "Authorization: Bearer $IAM_TOKEN"`
    const finding = aFinding({
      source: 'key-protect',
      summary: '1 registration still names the cluster',
      lines: ['key 1, ring clusters, active @everyone'],
      steps: [{ text: 'what removes it', commands: [command] }],
    })
    const body = bodyWith([anEvidence('x')], {}, [aFinding({ source: 'logs' }), finding])
    const at = (words: string) => body.indexOf(words)
    expect(at('## Registration')).toBeGreaterThan(0)
    expect(at('## Registration')).toBeLessThan(at('key 1, ring clusters'))
    expect(at('key 1, ring clusters')).toBeLessThan(at(`\n${command}\n`))
    expect(at(`\n${command}\n`)).toBeLessThan(at('## Evidence'))
    expect(at('## Evidence')).toBeLessThan(at('**logs**'))
    expect(outsideCode(body)).not.toContain('@everyone')
  })

  test('says that the registration was not looked up where Key Protect did not answer', () => {
    const finding = aFinding({ source: 'key-protect', outcome: 'unavailable', summary: 'timed out' })
    const body = bodyWith([], {}, [finding, aFinding({ source: 'kubernetes', outcome: 'unavailable' })])
    expect(body).toContain('**Key Protect**, unavailable')
    expect(body).not.toContain('**Kubernetes**')
  })

  test('makes no link of an address that is none of the web', () => {
    expect(outsideCode(bodyWith([anEvidence('x', { link: 'javascript:alert(1)' })]))).not.toContain('javascript')
  })

  test('masks secrets', () => {
    expect(bodyWith([anEvidence('token ghp_abcdefghijklmnop1234')])).not.toContain('ghp_abcdefghijklmnop1234')
  })

  test('stays within its limit with whole quotes only, and keeps its mark', () => {
    const long = Array.from({ length: 60 }, () => anEvidence('😀 line\n'.repeat(2_000)))
    const body = bodyWith(long)
    expect([...body].length).toBeLessThanOrEqual(BODY_LIMIT)
    expect([...body].length).toBeGreaterThan(BODY_LIMIT / 2)
    expect((body.match(/^```/gm) ?? []).length % 2).toBe(0)
    expect(body).toContain('More evidence is on the case page.')
    expect(body.endsWith(hiddenMark('issue', CLUSTER_ID))).toBe(true)
  })

  test('is commented by a later case with its own mark', () => {
    const alert = anAlert()
    const comment = issueComment(alert, CLUSTER_ID, aSituation({ subject: aCase({ id: 'case-2', alerts: [alert] }) }))
    expect(comment).toContain('cases/case-2')
    expect(comment).toContain(hiddenMark('issue-comment', CLUSTER_ID, 'case-2'))
    expect(comment).not.toContain(hiddenMark('issue', CLUSTER_ID))
  })
})
