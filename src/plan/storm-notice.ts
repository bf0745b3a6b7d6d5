import type { SlackBlock } from '../model/plan.ts'
import type { Storm } from './storm.ts'

const NAMES = 8

/** The one message of a storm: since when, how many, where. Edited in place while it grows, and when it is over. */
export function stormNotice(
  storm: Storm,
  isOver: boolean,
): { key: string; caseId: string; beganAtMs: number; contentKey: string; text: string; blocks: SlackBlock[] } {
  const since = new Date(storm.sinceMs).toISOString()
  const headline = isOver
    ? `Storm over: ${storm.clusters} clusters since ${since}`
    : `Storm: ${storm.clusters} clusters began to fail since ${since}`
  const list = (named: Storm['regions']) =>
    named
      .slice(0, NAMES)
      .map(({ name, clusters }) => `${name} (${clusters})`)
      .join(', ')
  const body = [
    isOver
      ? 'Open cases are judged again on fresh evidence.'
      : 'Nothing more is snoozed and no issue is opened: every page stays with people. Cases snoozed before stay so.',
    `Regions: ${list(storm.regions)}`,
    `Accounts: ${list(storm.accounts)}`,
  ].join('\n')
  return {
    key: `storm/${storm.sinceMs}`,
    caseId: 'storm',
    beganAtMs: storm.sinceMs,
    contentKey: `${storm.clusters}/${isOver}`,
    text: headline,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: headline.slice(0, 148), emoji: false } },
      { type: 'section', text: { type: 'plain_text', text: body, emoji: false } },
    ],
  }
}
