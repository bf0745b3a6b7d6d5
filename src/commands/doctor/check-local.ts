import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { createAlertmanagerClient } from '../../clients/alertmanager.ts'
import type { Config } from '../../config/config.ts'
import { StoreUnavailableError } from '../../errors.ts'
import { formatDuration } from '../../model/duration.ts'
import { attempt } from './attempt.ts'
import { type Finding, fail, off, ok, warn } from './finding.ts'

/** The place of the state: a directory that can be written, or a Redis that keeps what it acknowledges. */
export async function checkStore(config: Config): Promise<Finding[]> {
  const { redisUrl, dataDir } = config
  if (redisUrl) {
    const { checkRedis } = await import('../../store/redis/check.ts')
    try {
      return [ok('store', await checkRedis(redisUrl.read()))]
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      return [fail('store', error.message, 'correct REDIS_URL or the settings of Redis')]
    }
  }
  const directory = resolve(dataDir)
  try {
    if (!existsSync(directory)) mkdirSync(directory, { recursive: true, mode: 0o700 })
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
    return [ok('store', `DATA_DIR ${directory} can be written`)]
  } catch {
    return [fail('store', `DATA_DIR ${directory} can't be written`, 'make it writable for the user of the service')]
  }
}

/** What the configuration and the policy leave out and people will miss. */
export function checkSettings(config: Config): Finding[] {
  const { policy, publicUrl, seedMode } = config
  const { links, windows, snooze } = policy
  return [
    ok('configuration', `is complete, mode ${seedMode} for an empty store`),
    ok('policy', `busy ${formatDuration(snooze.busy)}, orphaned ${formatDuration(snooze.orphanedRegistration)}, sweep every ${formatDuration(windows.sweep)}`),
    publicUrl
      ? ok('public address', publicUrl)
      : warn('public address', 'PUBLIC_URL is not set: notes and messages link to no case page', 'set PUBLIC_URL'),
    ...(links.logSearch
      ? []
      : [warn('policy links', 'logSearch is empty: notes link to no log search', 'set links.logSearch, with {corrId} in it')]),
  ]
}

/** The Alertmanager that the sweep asks. */
export async function checkAlertmanager({ alertmanagerUrl, policy }: Config, { now }: { now: () => number }): Promise<Finding[]> {
  if (alertmanagerUrl === null)
    return [off('alertmanager', 'ALERTMANAGER_URL is not set: a lost webhook is found by its incident only, and cut groups stay with people')]
  const client = createAlertmanagerClient({ url: alertmanagerUrl, now })
  const [alerts, failure] = await attempt('alertmanager', () => client.alerts(policy.alertnames))
  return [alerts ? ok('alertmanager', `answers, ${alerts.length} of our alerts`) : failure]
}
