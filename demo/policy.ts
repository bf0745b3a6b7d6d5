import { stringify } from 'yaml'

/** Who posts the error texts and the master operations in the sandbox's Slack. */
export const AUTHORS = { kpEvents: 'B0KPEVENTS', deploy: 'B0DEPLOYX' } as const

/** A cluster that fires again later than this after its end gets a new case. */
export const MERGE_WINDOW_SECONDS = 1

/**
 * The demo's policy as YAML: the runbook's own, with waits of seconds instead of minutes, so that a person can watch
 * every branch. How long a snooze lasts stays the runbook's.
 */
export function demoPolicy(): string {
  return stringify({
    channels: { kpEventsAlerts: { authors: [AUTHORS.kpEvents] }, deployFailure: { authors: [AUTHORS.deploy] } },
    windows: {
      waitForErrorText: '3s',
      evidenceRetry: '3s',
      incidentLookup: '20s',
      probe: '2s',
      merge: `${MERGE_WINDOW_SECONDS}s`,
    },
    // Each scenario is another cluster: a demo played one by one is no storm.
    storm: { clusters: 20, perRegion: 10, within: '3s', calm: '5s' },
  })
}
