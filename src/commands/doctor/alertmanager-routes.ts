import { z } from 'zod'
import { compilePattern } from '../../model/pattern.ts'

const httpConfig = z.looseObject({
  authorization: z.looseObject({}).optional(),
  basic_auth: z.looseObject({}).optional(),
  bearer_token: z.string().optional(),
  bearer_token_file: z.string().optional(),
})
const receiver = z.looseObject({
  name: z.string(),
  webhook_configs: z
    .array(
      z.looseObject({
        url: z.string().optional(),
        url_file: z.string().optional(),
        send_resolved: z.boolean().default(true),
        max_alerts: z.number().default(0),
        http_config: httpConfig.optional(),
      }),
    )
    .default([]),
  pagerduty_configs: z.array(z.looseObject({ send_resolved: z.boolean().default(true) })).default([]),
})
const routeFields = z.looseObject({
  receiver: z.string().optional(),
  group_by: z.array(z.string()).optional(),
  continue: z.boolean().default(false),
  match: z.record(z.string(), z.coerce.string()).default({}),
  match_re: z.record(z.string(), z.coerce.string()).default({}),
  matchers: z.union([z.array(z.string()), z.string().transform((text) => [text])]).default([]),
})
type Route = z.infer<typeof routeFields> & { routes: Route[] }
const route: z.ZodType<Route> = routeFields.extend({ routes: z.lazy(() => z.array(route)).default([]) })

/** The parts of an Alertmanager configuration that decide where an alert goes. Source: Alertmanager, "Configuration". */
export const alertmanagerConfigSchema = z.looseObject({
  global: z.looseObject({ http_config: httpConfig.optional() }).nullish(),
  route,
  receivers: z.array(receiver),
})
export type AlertmanagerConfig = z.infer<typeof alertmanagerConfigSchema>
export type Receiver = z.infer<typeof receiver>

/** A route that an alert comes to. Each has a group key of its own, since the key holds the route. */
export interface ReachedRoute {
  /** Where it stands in the tree: `route`, `route.routes[0]`. */
  place: string
  receiver: string | null
  groupBy: readonly string[]
}

/**
 * The routes that an alert with these labels comes to, as Alertmanager goes: into the first child that matches, and on
 * to the next ones where that says `continue`; the route itself where no child matches.
 * @throws Error where a matcher can't be read
 */
export function routesOf(config: AlertmanagerConfig, labels: Readonly<Record<string, string>>): ReachedRoute[] {
  return walk(config.route, { place: 'route', receiver: config.route.receiver ?? null, groupBy: [] }, labels)
}

function walk(node: Route, inherited: ReachedRoute, labels: Readonly<Record<string, string>>): ReachedRoute[] {
  const here: ReachedRoute = {
    place: inherited.place,
    receiver: node.receiver ?? inherited.receiver,
    groupBy: node.group_by ?? inherited.groupBy,
  }
  const reached: ReachedRoute[] = []
  for (const [at, child] of node.routes.entries()) {
    if (!matches(child, labels)) continue
    reached.push(...walk(child, { ...here, place: `${here.place}.routes[${at}]` }, labels))
    if (!child.continue) break
  }
  return reached.length > 0 ? reached : [here]
}

function matches(node: Route, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.entries(node.match).every(([name, value]) => (labels[name] ?? '') === value)
  const alike = Object.entries(node.match_re).every(([name, source]) => isWhole(source, labels[name] ?? ''))
  return equal && alike && node.matchers.flatMap(toMatchers).every((one) => holds(one, labels))
}

interface Matcher {
  name: string
  operator: string
  value: string
}

/** `{a="b", c=~"d"}` or one of them, quoted or not. */
function toMatchers(text: string): Matcher[] {
  const inner = text.trim().replace(/^\{(.*)\}$/s, '$1')
  const found = [
    ...inner.matchAll(/\s*"?([A-Za-z_][\w.:-]*)"?\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^,"]*))\s*(?:,|$)/g),
  ]
  const readLength = found.reduce((sum, [whole]) => sum + whole.length, 0)
  if (readLength !== inner.length || found.length === 0) throw new Error(`the matcher ${text} can't be read`)
  return found.map(([, name = '', operator = '=', quoted, bare]) => ({
    name,
    operator,
    value: quoted === undefined ? (bare ?? '').trim() : quoted.replace(/\\(.)/g, '$1'),
  }))
}

function holds({ name, operator, value }: Matcher, labels: Readonly<Record<string, string>>): boolean {
  const actual = labels[name] ?? ''
  switch (operator) {
    case '=':
      return actual === value
    case '!=':
      return actual !== value
    case '=~':
      return isWhole(value, actual)
    default:
      return !isWhole(value, actual)
  }
}

function isWhole(source: string, value: string): boolean {
  return compilePattern(`^(?:${source})$`).isIn(value)
}
