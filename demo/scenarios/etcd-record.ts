import { ACCOUNT_ID } from '../alertmanager.ts'
import { KEY_PROTECT_WELL, ORPHAN_KEY_ID, ORPHAN_RING } from '../cloud.ts'
import { ETCD_REGIONS } from '../etcds.ts'
import type { Scene } from '../scene.ts'
import { hasRecord, issuesAreClosed, mergeWindowPasses, operatorAsks, readsDeletions } from './acts.ts'
import type { Episode, Expectation, Scenario } from './scenario.ts'
import { deletion, errorText, masterOperation, NO_ETCD_RECORD } from './slack-acts.ts'

const DELETED = deletion('deleted')
const MISSING = errorText(NO_ETCD_RECORD)
const NOTED = { state: 'handed-over', effects: ['note'] } as const satisfies Partial<Expectation>

/** The outcome of runbook step 6: an issue first, then quiet for twelve hours. */
const ORPHAN: Expectation = {
  state: 'snoozed',
  reasons: ['orphaned-key-registration'],
  effects: ['acknowledge', 'snooze 43200', 'note'],
  issues: ['open, 0 comments'],
  noteIncludes: ['Snoozed 12 h', '/issues/'],
}

/** The group ends; the issue is told so. */
function ends(region: string = ETCD_REGIONS.well): Episode {
  const expect: Expectation = { ...ORPHAN, state: 'resolved', issues: ['open, 1 comment'] }
  return { webhook: 'resolved', alerts: [{ region }], expect }
}

/** The cluster went, the registration of its key stayed. */
function isRegistered(scene: Scene): void {
  const instance = scene.sandbox.keyProtect.instance(KEY_PROTECT_WELL.id)
  instance.registrations.push({ keyId: ORPHAN_KEY_ID, resourceCrn: crnOf(scene) })
}

/** Whoever opens the issue needs no look-up to act: key, ring, and the very call that removes the registration. */
function issueNamesRegistration(scene: Scene): string[] {
  const { sandbox, clusterId } = scene
  const issue = sandbox.github.issues().find(({ title }) => title.includes(clusterId()))
  const call = `/api/v2/keys/${ORPHAN_KEY_ID}/registrations/${encodeURIComponent(crnOf(scene))}'`
  const body = issue?.body ?? ''
  return [ORPHAN_KEY_ID, `ring ${ORPHAN_RING}`, 'curl -X DELETE', call, `X-Kms-Key-Ring: ${ORPHAN_RING}`]
    .filter((words) => !body.includes(words))
    .map((words) => `the issue does not say "${words}"`)
}

function crnOf({ clusterId }: Scene): string {
  return `crn:v1:bluemix:public:containers-kubernetes:${ETCD_REGIONS.well}:a/${ACCOUNT_ID}:${clusterId()}::`
}

/** Etcd can not be relied on, each in a region of its own. */
const WITHOUT_ETCD: readonly Scenario[] = [
  { kind: 'away', title: 'etcd does not answer', reason: 'etcd-unavailable' as const, says: 'etcdctl endpoint health' },
  {
    kind: 'hanging',
    title: 'etcd takes the call and hangs',
    reason: 'etcd-unavailable' as const,
    says: 'etcdctl endpoint health',
  },
  {
    kind: 'unconfigured',
    title: 'no etcd is configured for the region',
    reason: 'etcd-unavailable' as const,
    says: 'no etcd is configured for region ca-tor',
  },
  {
    kind: 'refusing',
    title: 'etcd denies the permission to read',
    reason: 'etcd-not-trusted' as const,
    says: 'Our access or key mapping is wrong',
  },
  {
    kind: 'foreign',
    title: 'the sentinel key is missing',
    reason: 'etcd-not-trusted' as const,
    says: '/clusters/.sentinel',
  },
].map(({ kind, title, reason, says }) => ({
  name: `etcd-${kind}`,
  title: `no etcd record, but ${title}`,
  given: [DELETED, MISSING],
  alerts: [{ region: ETCD_REGIONS[kind as keyof typeof ETCD_REGIONS] }],
  expect: { ...NOTED, reasons: [reason], noteIncludes: [says] },
}))

/** An etcd that was trusted once, and what it becomes. */
const CHANGED_ETCD: readonly Scenario[] = [
  {
    name: 'etcd-replaced',
    title: 'no etcd record; later etcd answers as another etcd',
    given: [DELETED, MISSING],
    alerts: [{ region: ETCD_REGIONS.replaced }],
    expect: ORPHAN,
    next: [
      ends(ETCD_REGIONS.replaced),
      {
        given: [
          ({ etcd }) => {
            etcd(ETCD_REGIONS.replaced).clusterId = '1111111111111111111'
          },
          mergeWindowPasses,
          MISSING,
        ],
        alerts: [{ region: ETCD_REGIONS.replaced }],
        expect: { ...NOTED, reasons: ['etcd-not-trusted'], issues: ['open, 1 comment'] },
      },
    ],
  },
  {
    name: 'etcd-restored',
    title: 'no etcd record; later etcd was restored from an older state',
    given: [({ etcd }) => etcd(ETCD_REGIONS.restored).put('/clusters/another'), DELETED, MISSING],
    alerts: [{ region: ETCD_REGIONS.restored }],
    expect: ORPHAN,
    next: [
      ends(ETCD_REGIONS.restored),
      {
        given: [
          ({ etcd }) => {
            etcd(ETCD_REGIONS.restored).revision = 1n
          },
          mergeWindowPasses,
          MISSING,
        ],
        alerts: [{ region: ETCD_REGIONS.restored }],
        expect: { ...NOTED, reasons: ['etcd-not-trusted'], noteIncludes: ['went back'], issues: ['open, 1 comment'] },
      },
    ],
  },
  {
    name: 'etcd-returns',
    title: 'no etcd record, but etcd is away; it returns, and an operator asks again',
    given: [DELETED, MISSING],
    alerts: [{ region: ETCD_REGIONS.returning }],
    expect: { ...NOTED, reasons: ['etcd-unavailable'] },
    next: [
      {
        webhook: 'nothing',
        given: [
          ({ etcd }) => {
            etcd(ETCD_REGIONS.returning).behaviour = 'well'
          },
          operatorAsks('recheck'),
        ],
        expect: { ...ORPHAN, effects: ['note', ...ORPHAN.effects] },
      },
    ],
  },
]

/** Etcd is well and holds no record: was the cluster deleted? */
const WITHOUT_RECORD: readonly Scenario[] = [
  { name: 'orphan', title: 'no etcd record, and the cluster was deleted', given: [DELETED, MISSING], expect: ORPHAN },
  {
    name: 'orphan-named',
    title: 'no etcd record, and the key that still names the deleted cluster is found',
    given: [DELETED, MISSING, isRegistered],
    expect: {
      ...ORPHAN,
      noteIncludes: [...(ORPHAN.noteIncludes ?? []), `key ${ORPHAN_KEY_ID}, ring ${ORPHAN_RING}, active`],
      also: issueNamesRegistration,
    },
  },
  {
    name: 'orphan-comes-back',
    title: 'a deleted cluster fires again while its issue is open',
    given: [DELETED, MISSING],
    expect: ORPHAN,
    next: [ends(), { given: [mergeWindowPasses, MISSING], expect: { ...ORPHAN, issues: ['open, 2 comments'] } }],
  },
  {
    name: 'orphan-issue-closed',
    title: 'a deleted cluster fires again after its issue was closed',
    given: [DELETED, MISSING],
    expect: ORPHAN,
    next: [
      ends(),
      {
        given: [issuesAreClosed, mergeWindowPasses, MISSING],
        expect: {
          ...NOTED,
          reasons: ['orphaned-key-registration'],
          issues: ['closed, 1 comment'],
          noteIncludes: ['is closed'],
        },
      },
    ],
  },
  {
    name: 'orphan-before-kms-update',
    title: 'no etcd record; the cluster was deleted after its kms_update had failed',
    given: [masterOperation('kms_update failed: timed out', { secondsAgo: 5 * 86_400 }), DELETED, MISSING],
    expect: ORPHAN,
  },
  {
    name: 'etcd-record-present',
    title: 'no etcd record says the error, but there is one',
    given: [hasRecord(ETCD_REGIONS.well), DELETED, MISSING],
    expect: { ...NOTED, reasons: ['etcd-record-present'], noteIncludes: ['may have been away'] },
  },
  {
    name: 'deletion-unproven',
    title: 'no etcd record, and no message about a deletion',
    given: [MISSING],
    expect: { ...NOTED, reasons: ['deletion-unproven'], noteIncludes: ['holds no message'] },
  },
  {
    name: 'deletion-requested',
    title: 'no etcd record, and the deletion was requested',
    given: [deletion('deletion requested'), MISSING],
    expect: { ...NOTED, reasons: ['deletion-unproven'], noteIncludes: ['holds no message'] },
  },
  {
    name: 'deletion-failed',
    title: 'no etcd record, and the deletion failed',
    given: [deletion('deletion failed'), MISSING],
    expect: { ...NOTED, reasons: ['deletion-unproven'], noteIncludes: ['holds no message'] },
  },
  {
    name: 'deletions-unreadable',
    title: 'no etcd record, and #armada-deploy-alerts is not readable',
    alone: 'last',
    given: [DELETED, readsDeletions(false), MISSING],
    expect: { ...NOTED, reasons: ['deletion-unproven'], noteIncludes: ["can't be read", 'not a member'] },
    next: [
      {
        webhook: 'nothing',
        given: [readsDeletions(true), operatorAsks('recheck')],
        expect: { ...ORPHAN, effects: ['note', ...ORPHAN.effects] },
      },
    ],
  },
]

/** The error says that etcd has no record of the cluster: rows 7 to 11 of the decision table. */
export const ETCD_RECORD: readonly Scenario[] = [...WITHOUT_ETCD, ...CHANGED_ETCD, ...WITHOUT_RECORD]
