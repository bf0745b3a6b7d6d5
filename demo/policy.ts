import { stringify } from 'yaml'
import { KEY_PROTECT_WELL, WORKER_ACCOUNT } from './cloud.ts'
import type { EtcdPlace } from './etcds.ts'

/** Who posts the error texts, and the master operations and deletions, in the sandbox's Slack. */
export const AUTHORS = { kpEvents: 'B0KPEVENTS', deploy: 'B0DEPLOYX' } as const

/** Who may approve in the sandbox's Slack. */
export const ENGINEER = 'U0KPENGINEER'

/** A cluster that fires again later than this after its end gets a new case. */
export const MERGE_WINDOW_SECONDS = 1

/** An error text that is not there yet is waited for so long. */
export const WAIT_FOR_ERROR_TEXT_SECONDS = 3

/** So many distinct clusters inside the span are a storm, and so long without a new one ends it. */
export const STORM = { clusters: 40, withinSeconds: 1, calmSeconds: 5 } as const

/** The one account that migrates in eu-es. */
export const MIGRATING_ACCOUNT = 'fedcba9876543210fedcba9876543210'
/** Where a person searches the logs; nothing is there. */
export const LOG_SEARCH = 'https://logs.example.com/search?query={corrId}'
const DAY_MS = 86_400_000

/**
 * The demo's policy as YAML: the runbook's own, with waits of seconds instead of minutes, so that a person can watch
 * every branch. How long a snooze lasts stays the runbook's.
 */
export function demoPolicy({ today, etcds }: { today: Date; etcds: readonly EtcdPlace[] }): string {
  const regions = etcds.map(({ region, etcd }) => [region, { endpoints: [etcd.endpoint] }])
  return stringify({
    channels: {
      kpEventsAlerts: { authors: [AUTHORS.kpEvents] },
      deployFailure: { authors: [AUTHORS.deploy] },
      deployAlerts: { authors: [AUTHORS.deploy] },
    },
    operators: { slackUsers: [ENGINEER] },
    windows: {
      waitForErrorText: `${WAIT_FOR_ERROR_TEXT_SECONDS}s`,
      evidenceRetry: '3s',
      incidentLookup: '20s',
      probe: '2s',
      merge: `${MERGE_WINDOW_SECONDS}s`,
      // Half of it is how long an incident that only PagerDuty told of waits for Alertmanager's own word.
      sweep: '6s',
    },
    // A demo plays in a minute what a region sees in a month.
    budgets: { snoozesPerHour: 1_000, issuesPerHour: 1_000 },
    // Scenarios are played several at a time, each on clusters of its own: that is no storm.
    storm: {
      clusters: STORM.clusters,
      perRegion: STORM.clusters,
      within: `${STORM.withinSeconds}s`,
      calm: `${STORM.calmSeconds}s`,
    },
    migrations: [
      { name: 'BNPP to HPCS', region: 'eu-fr2', ...daysAround(today, -30, 30), workerAccount: WORKER_ACCOUNT },
      {
        name: 'ended yesterday',
        region: 'eu-es',
        ...daysAround(today, -10, -1),
        accounts: [MIGRATING_ACCOUNT],
        workerAccount: WORKER_ACCOUNT,
      },
      { name: 'begins today', region: 'br-sao', ...daysAround(today, 0, 10), workerAccount: WORKER_ACCOUNT },
    ],
    etcd: { regions: Object.fromEntries(regions) },
    links: { logSearch: LOG_SEARCH },
    keyProtect: { instances: [KEY_PROTECT_WELL] },
  })
}

/** The first and the last day of a migration, in days from today. */
function daysAround(today: Date, first: number, last: number): { from: string; until: string } {
  const day = (offset: number) => new Date(today.getTime() + offset * DAY_MS).toISOString().slice(0, 10)
  return { from: day(first), until: day(last) }
}
