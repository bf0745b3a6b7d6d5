import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { createAlertmanagerClient } from '../../clients/alertmanager.ts'
import type { Config } from '../../config/config.ts'
import { StoreUnavailableError } from '../../errors.ts'
import { formatDuration } from '../../model/duration.ts'
import { attempt } from './attempt.ts'
import { type Finding, fail, off, ok, warn } from './finding.ts'

/** The place of the state: a directory that can be written, or a Redis that keeps what it acknowledges. */
export async function* checkStore({ redisUrl, dataDir }: Config): AsyncGenerator<Finding> {
  if (!redisUrl) {
    yield checkDirectory(resolve(dataDir))
    return
  }
  // Loaded only where it is used: most stores are embedded.
  const { checkRedis } = await import('../../store/redis/check.ts')
  try {
    yield ok('store', await checkRedis(redisUrl.read()))
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error
    yield fail('store', error.message, 'correct REDIS_URL or the settings of Redis')
  }
}

/** It is made at the first start: until then the one that it is made in must be there. Nothing is made here. */
function checkDirectory(directory: string): Finding {
  let there = directory
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there)
  const says = there === directory ? 'can be written' : `can be made in ${there}`
  if (isWritableDirectory(there)) return ok('store', `DATA_DIR ${directory} ${says}`)
  return fail('store', `DATA_DIR ${directory} can't be written`, 'make it writable for the user of the service')
}

function isWritableDirectory(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** What the configuration and the policy leave out and people will miss. */
export function checkSettings({ policy, publicUrl, seedMode }: Config): Finding[] {
  const { links, windows, snooze } = policy.current()
  const durations = `busy ${formatDuration(snooze.busy)}, orphaned ${formatDuration(snooze.orphanedRegistration)}`
  return [
    ok('configuration', `is complete, mode ${seedMode} for an empty store`),
    ok('policy', `${durations}, sweep every ${formatDuration(windows.sweep)}`),
    publicUrl
      ? ok('public address', publicUrl)
      : warn('public address', 'PUBLIC_URL is not set: notes and messages link to no case page', 'set PUBLIC_URL'),
    ...(links.logSearch
      ? []
      : [
          warn(
            'policy links',
            'logSearch is empty: notes link to no log search',
            'set links.logSearch, with {corrId} in it',
          ),
        ]),
  ]
}

/** The Alertmanager that the sweep asks. */
export async function* checkAlertmanager(
  { alertmanagerUrl, policy }: Config,
  { now }: { now: () => number },
): AsyncGenerator<Finding> {
  if (alertmanagerUrl === null) {
    yield off(
      'alertmanager',
      'ALERTMANAGER_URL is not set: a lost webhook is found by its incident only, and cut groups stay with people',
    )
    return
  }
  const client = createAlertmanagerClient({ url: alertmanagerUrl, now })
  const [alerts, failure] = await attempt('alertmanager', () => client.alerts(policy.current().alertnames))
  yield alerts ? ok('alertmanager', `answers, ${alerts.length} of our alerts`) : failure
}
