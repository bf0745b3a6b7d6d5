import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { STORM } from '../policy.ts'
import type { Scene } from '../scene.ts'
import { SNOOZED } from './quieted.ts'
import type { Scenario } from './scenario.ts'
import { BUSY, errorText } from './slack-acts.ts'

const CLUSTERS = Array.from({ length: STORM.clusters }, (_, index) => index)

/**
 * Many clusters at once. It holds everything back while it lasts, so it is played when nothing else is; and first, since
 * Slack takes one message a second, and the notice would come after all that the other scenarios say.
 */
export const STORMS: readonly Scenario[] = [
  {
    name: 'storm',
    title: `${STORM.clusters} clusters begin to fail at once, all busy; nothing is snoozed before it is calm again`,
    alone: 'first',
    given: CLUSTERS.map((cluster) => errorText(BUSY, { cluster })),
    alerts: CLUSTERS.map(() => ({})),
    expect: {
      state: 'handed-over',
      reasons: ['busy'],
      refusals: ['storm'],
      effects: ['note'],
      also: (scene) => noticeFaults(scene, `Storm: ${STORM.clusters} clusters`),
    },
    next: [
      {
        webhook: 'nothing',
        expect: {
          ...SNOOZED,
          effects: ['note', ...SNOOZED.effects],
          also: (scene) => noticeFaults(scene, `Storm over: ${STORM.clusters} clusters`),
        },
      },
    ],
  },
]

/** One message in #armada-deploy for the whole storm, edited in place. */
function noticeFaults({ sandbox }: Scene, beginning: string): string[] {
  const notices = sandbox.slack.ownMessages(SLACK_CHANNELS.notify.id).filter(({ text }) => text.startsWith('Storm'))
  const [notice] = notices
  if (notices.length === 1 && notice?.text.startsWith(beginning)) return []
  return [
    `Slack: expected one notice "${beginning}...", there are ${notices.map(({ text }) => `"${text}"`).join(', ') || 'none'}`,
  ]
}
