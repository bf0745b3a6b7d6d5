import Table from 'cli-table3'
import type { ChaosResult } from './chaos.ts'

/** Findings of one kind that are printed. */
const SHOWN = 20

/** True when nothing was lost, doubled or forbidden in any run. */
export function isWell(results: readonly ChaosResult[]): boolean {
  return results.every(({ lost, duplicated, forbidden, refused }) => {
    return lost.length + duplicated.length + forbidden.length + refused.length === 0
  })
}

/** The runs as JSON. */
export function toJson(results: readonly ChaosResult[]): string {
  return JSON.stringify({ isWell: isWell(results), runs: results }, null, 2)
}

/** The runs as a table, and each finding in a line. */
export function toText(results: readonly ChaosResult[]): string {
  const table = new Table({
    head: [
      'store',
      'replicas',
      'seed',
      'alerts',
      'groups',
      'kills',
      'Redis',
      'cuts',
      'faults',
      'settled',
      'lost',
      'duplicated',
      'forbidden',
      'given back',
      'same state',
    ],
    style: { head: [], border: [] },
  })
  for (const { options, damage, ...result } of results) {
    table.push([
      options.store,
      options.replicas,
      options.seed,
      options.alerts,
      result.groups,
      damage.responderKills,
      damage.redisKills,
      damage.tailCuts,
      damage.faults,
      `${(result.settledAfterMs / 1_000).toFixed(1)} s`,
      result.lost.length,
      result.duplicated.length,
      result.forbidden.length,
      new Set(result.givenBack.map((what) => what.split(':')[0])).size,
      result.repeatedStates,
    ])
  }
  return [table.toString(), ...results.flatMap(findings)].join('\n')
}

function findings({ options, lost, duplicated, forbidden, refused, givenBack, histories }: ChaosResult): string[] {
  const lines = (name: string, what: readonly (string | number)[]) =>
    what.slice(0, SHOWN).map((finding) => `${options.store}: ${name}: ${finding}`)
  return [
    ...lines('lost', lost),
    ...lines('duplicated', duplicated),
    ...lines('forbidden', forbidden),
    ...lines('webhook refused', refused),
    ...lines('given back', givenBack),
    ...histories,
  ]
}
