import { type MessageShape, SLACK_CHANNELS, type SlackAuthor } from '../../sandbox/slack/slack.ts'
import { AUTHORS, ENGINEER } from '../policy.ts'
import type { ClusterName, Scene } from '../scene.ts'
import type { Act } from './scenario.ts'

/** The runbook's error text for a cluster that needs time. */
export const BUSY = 'error completing request, the cluster is busy with another KMS action'
/** The runbook's error text for a cluster without a record. */
export const NO_ETCD_RECORD = 'Error finding ETCD info for the cluster'

export type EvidenceChannel = 'kpEventsAlerts' | 'deployFailure' | 'deployAlerts'

/** The sandbox's posters, by what the policy knows of them. */
export const POSTERS = {
  kpEvents: { botId: AUTHORS.kpEvents, username: 'armada-kp-events' },
  deploy: { botId: AUTHORS.deploy, username: 'armada-deploy' },
  strangeBot: { botId: 'B0STRANGER', username: 'kp-helper' },
  person: { userId: ENGINEER, username: 'engineer' },
} as const satisfies Record<string, SlackAuthor>
export type Poster = keyof typeof POSTERS

export interface Posting {
  channel: EvidenceChannel
  by: Poster
  text: (scene: Scene) => string
  shape?: MessageShape | undefined
  /** Age in seconds. Default 0. */
  secondsAgo?: number | undefined
  /** Name by which a later act finds the message. */
  name?: string | undefined
  /** Name of the message that this one answers. */
  under?: string | undefined
}

/** Somebody posts in a channel. */
export function posts({ channel, by, text, shape = 'text', secondsAgo = 0, name, under }: Posting): Act {
  return (scene) => {
    const { sandbox, posted } = scene
    const ts = sandbox.slack.post({
      channel: SLACK_CHANNELS[channel].id,
      author: POSTERS[by],
      shape,
      text: text(scene),
      ...(secondsAgo > 0 ? { at: new Date(sandbox.clock.now().getTime() - secondsAgo * 1_000) } : {}),
      ...(under === undefined ? {} : { threadTs: find(scene, under).ts }),
    })
    if (name !== undefined) posted.set(name, { channel: SLACK_CHANNELS[channel].id, ts })
  }
}

/** What was posted says something else now. */
export function edits(name: string, text: (scene: Scene) => string): Act {
  return (scene) => {
    const { channel, ts } = find(scene, name)
    scene.sandbox.slack.edit(channel, ts, text(scene))
  }
}

/** What was posted is deleted. */
export function deletes(name: string): Act {
  return (scene) => {
    const { channel, ts } = find(scene, name)
    scene.sandbox.slack.remove(channel, ts)
  }
}

interface ErrorPost {
  shape?: MessageShape
  /** Which of the group's clusters. Default: the first. */
  cluster?: ClusterName
  name?: string
}

/** armada-kp-events posts an error text about a cluster of the group. */
export function errorText(text: string, { shape, cluster = 0, name }: ErrorPost = {}): Act {
  return posts({
    channel: 'kpEventsAlerts',
    by: 'kpEvents',
    shape,
    name,
    text: ({ clusterId }) =>
      `Failed to process key event for cluster ${clusterId(cluster)}: ${text}, CorrID=4b7c-${cluster}`,
  })
}

/** The deploy bot posts about a master operation of the group's cluster, so many seconds ago. */
export function masterOperation(text: string, { secondsAgo }: { secondsAgo: number }): Act {
  return posts({
    channel: 'deployFailure',
    by: 'deploy',
    secondsAgo,
    text: ({ clusterId }) => `${text} (cluster ${clusterId()})`,
  })
}

/** The deploy bot posts about the deletion of the group's cluster. Default: three days ago. */
export function deletion(text: string, { secondsAgo = 3 * 86_400 }: { secondsAgo?: number } = {}): Act {
  return posts({
    channel: 'deployAlerts',
    by: 'deploy',
    secondsAgo,
    text: ({ clusterId }) => `cluster ${clusterId()}: ${text}`,
  })
}

function find({ posted }: Scene, name: string): { channel: string; ts: string } {
  const message = posted.get(name)
  if (!message) throw new RangeError(`nothing was posted as ${name}`)
  return message
}
