import { type AlertmanagerConfig, type ReachedRoute, type Receiver, routesOf } from './alertmanager-routes.ts'

/** Where Alertmanager has to send to. */
const WEBHOOK_PATH = /\/webhooks\/alertmanager\/?$/

/** The routes by which an alert with these labels comes to the responder. @throws Error where a matcher can't be read */
export function webhookRoutes(config: AlertmanagerConfig, labels: Readonly<Record<string, string>>): ReachedRoute[] {
  const isTold = (name: string | null) => {
    const to = config.receivers.find((receiver) => receiver.name === name)
    return to !== undefined && webhooksOf(to).length > 0
  }
  return routesOf(config, labels).filter(({ receiver }) => isTold(receiver))
}

/** The receiver's webhooks that come to the responder; one whose address is in a file may be. */
export function webhooksOf(to: Receiver): Receiver['webhook_configs'] {
  return to.webhook_configs.filter(({ url, url_file: file }) =>
    url === undefined ? file !== undefined : WEBHOOK_PATH.test(url.split('?')[0] ?? ''),
  )
}
