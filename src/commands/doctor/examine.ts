import { readFileSync } from 'node:fs'
import { type Config, readConfig } from '../../config/config.ts'
import { ConfigError } from '../../errors.ts'
import { maskSecrets } from '../../model/outside-text.ts'
import { createLogger } from '../../telemetry/log.ts'
import { checkAlertmanagerConfig } from './alertmanager-config.ts'
import { checkClock } from './check-clock.ts'
import { checkEtcd } from './check-etcd.ts'
import { checkLogs, checkPrometheus } from './check-further.ts'
import { checkGithub } from './check-github.ts'
import { checkHeartbeat, checkWatchdogRoute } from './check-heartbeat.ts'
import { checkIbmCloud } from './check-ibm-cloud.ts'
import { checkKubernetes } from './check-kubernetes.ts'
import { checkAlertmanager, checkSettings, checkStore } from './check-local.ts'
import { checkPagerduty } from './check-pagerduty.ts'
import { checkSecrets } from './check-secrets.ts'
import { checkSignIn } from './check-sign-in.ts'
import { checkSlack } from './check-slack.ts'
import { type Finding, fail } from './finding.ts'
import { UPSTREAM_LIMIT_MS, withinLimit } from './within-limit.ts'

export interface Examination {
  environment: Readonly<Record<string, string | undefined>>
  /** Alertmanager's own configuration file, or null. */
  alertmanagerConfig: string | null
  /** PagerDuty services to look at; none: those that recent incidents of ours came from. */
  pagerdutyServices: readonly string[]
  /** A cluster that lives, or null. */
  clusterId: string | null
  now: () => number
  /** Longest time for one upstream, in ms. Default 15,000. */
  limitMs?: number
}

/** Everything that could fail at night, line by line as it is found. Reads, and writes nothing anywhere. */
export async function* examine(asked: Examination): AsyncGenerator<Finding> {
  for await (const finding of lookAtAll(asked)) {
    // Nobody puts a secret in; upstreams' own words are not trusted to hold none.
    yield { ...finding, says: maskSecrets(finding.says) }
  }
}

async function* lookAtAll(asked: Examination): AsyncGenerator<Finding> {
  const { now, limitMs = UPSTREAM_LIMIT_MS } = asked
  const config = configOrFaults(asked.environment)
  if (Array.isArray(config)) {
    yield* config
    return
  }
  const logger = createLogger('silent')
  const checks = {
    clock: checkClock(config, { now }),
    store: checkStore(config),
    pagerduty: checkPagerduty(config, { now, serviceIds: asked.pagerdutyServices }),
    slack: checkSlack(config, { now, logger }),
    github: checkGithub(config, { now }),
    etcd: checkEtcd(config, { clusterId: asked.clusterId }),
    alertmanager: checkAlertmanager(config, { now }),
    prometheus: checkPrometheus(config, { now }),
    logs: checkLogs(config, { now }),
    'ibm cloud': checkIbmCloud(config, { now }),
    kubernetes: checkKubernetes(config, { now }),
    'sign-in': checkSignIn(config),
  }
  yield* checkSettings(config)
  yield* checkSecrets(config)
  yield checkHeartbeat(config)
  for (const [name, findings] of Object.entries(checks)) yield* withinLimit(name, findings, limitMs)
  if (asked.alertmanagerConfig !== null) yield* checkAlertmanagerFile(asked.alertmanagerConfig, config)
}

function configOrFaults(environment: Examination['environment']): Config | Finding[] {
  try {
    return readConfig(environment)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.faults.map((fault) => fail('configuration', fault, 'correct it: the service does not start like this'))
  }
}

function checkAlertmanagerFile(file: string, config: Config): Finding[] {
  let yamlText: string
  try {
    yamlText = readFileSync(file, 'utf8')
  } catch {
    return [fail('alertmanager config', `${file} can't be read`, 'name the file that Alertmanager is started with')]
  }
  return checkAlertmanagerConfig(yamlText, config.policy.current().alertnames, (parsed) =>
    checkWatchdogRoute(parsed, config),
  )
}
