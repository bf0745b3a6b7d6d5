import type { FastifyPluginAsync } from 'fastify'
import type { Config } from '../../config/config.ts'
import { type SlackRouteOptions, slackRoute } from './route.ts'

/** The route of Slack's events for the configured workspace; null where Slack or its signing secret is not configured. */
export function slackPluginOf(
  { slack }: Pick<Config, 'slack'>,
  {
    sink,
    ...deps
  }: Pick<SlackRouteOptions, 'logger' | 'now' | 'listeners' | 'seen' | 'metrics'> & {
    sink: SlackRouteOptions['sink'] | null
  },
): FastifyPluginAsync | null {
  const signingSecret = slack?.signingSecret
  // Where a socket is open Slack sends everything through it.
  if (!slack || slack.appToken || !signingSecret || !sink) return null
  const { apiUrl, botToken } = slack
  return (scope) => slackRoute(scope, { ...deps, apiUrl, botToken, signingSecret, sink })
}
