import { expect, jest, test } from '@jest/globals'
import { runChaos } from './chaos.ts'
import { type ChaosOptions, parseInvocation } from './options.ts'

jest.setTimeout(300_000)

const { runs } = parseInvocation(['--alerts', '200', '--kills', '10', '--seed', '7', '--settle', '150000'])
const named = runs.map((run): [string, ChaosOptions] => [`${run.store}, ${run.replicas} at once`, run])

test.concurrent.each(named)(
  '%s: killed at random under load, nothing is lost, doubled or forbidden',
  async (_name, run) => {
    const { lost, duplicated, forbidden, refused, outputs, damage } = await runChaos(run, () => undefined)
    expect({ lost, duplicated, forbidden, refused, outputs }).toEqual({
      lost: [],
      duplicated: [],
      forbidden: [],
      refused: [],
      outputs: [],
    })
    expect(damage.responderKills + damage.redisKills).toBe(run.kills)
  },
)
