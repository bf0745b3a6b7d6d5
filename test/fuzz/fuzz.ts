import fc from 'fast-check'
import { FUZZ_SURFACES, type FuzzRequest } from './surfaces.ts'
import type { Target } from './target.ts'
import { connections, exchange, WIRE_STATUSES } from './wire.ts'

/** Connections that are open at once. */
const AT_ONCE = 8

/** How many cases a surface got, and how many of them each status. */
export interface Figures {
  surface: string
  cases: number
  statuses: Record<number, number>
}

/** What to run: the same seed gives the same cases. */
export interface FuzzOptions {
  seed: number
  /** Cases of each surface. */
  runs: number
}

/** Sends whatever to every way in. @throws Error with the smallest input that does what none may, and the seed. */
export async function fuzz(target: Target, options: FuzzOptions): Promise<Figures[]> {
  const figures: Figures[] = []
  for (const { name, requests, statuses } of FUZZ_SURFACES) {
    const counted = newFigures(name)
    figures.push(counted)
    await hold(options, requests, async (request) => {
      const status = await target.send(request)
      count(counted, status)
      if (!statuses.includes(status)) throw new Error(`${name} answered ${status} to ${toText(request)}`)
      refuseFaults(target, toText(request))
    })
  }
  figures.push(await fuzzWire(target, options))
  if (!(await target.isBalanced())) throw new Error('accepted is not done + pending + quarantined')
  refuseFaults(target)
  return figures
}

async function fuzzWire(target: Target, { seed, runs }: FuzzOptions): Promise<Figures> {
  const counted = newFigures('connections')
  const lots = fc.array(connections, { minLength: AT_ONCE, maxLength: AT_ONCE })
  await hold({ seed, runs: Math.ceil(runs / AT_ONCE) }, lots, async (lot) => {
    const answers = await Promise.all(lot.map((bytes) => exchange(target.port, bytes)))
    for (const answer of answers) {
      const found = [...answer.matchAll(/HTTP\/1\.1 (\d{3}) [A-Z]/g)].map(([, status]) => Number(status))
      const statuses = found.filter((status) => status !== 100)
      count(counted, statuses.at(-1) ?? 0)
      const unknown = statuses.find((status) => !WIRE_STATUSES.includes(status))
      if (unknown !== undefined) throw new Error(`a connection was answered ${unknown}`)
      const marked = answer.match(/\r\nx-content-type-options: nosniff\r\n/gi)?.length ?? 0
      if (marked !== statuses.length) throw new Error('an answer lacks the security headers')
    }
    refuseFaults(target)
  })
  return counted
}

async function hold<T>({ seed, runs }: FuzzOptions, inputs: fc.Arbitrary<T>, check: (input: T) => Promise<void>) {
  await fc.assert(fc.asyncProperty(inputs, check), { seed, numRuns: runs, endOnFailure: false })
}

function refuseFaults(target: Target, after = 'all'): void {
  const [first] = target.takeFaults()
  if (first !== undefined) throw new Error(`the log tells of a fault of ours: ${first} after ${after}`)
}

function toText({ url, body }: FuzzRequest): string {
  return `${url} ${new URLSearchParams(body.toString('utf8')).get('payload') ?? body.toString('utf8')}`.slice(0, 4_000)
}

function newFigures(surface: string): Figures {
  return { surface, cases: 0, statuses: {} }
}

function count(figures: Figures, status: number): void {
  figures.cases += 1
  figures.statuses[status] = (figures.statuses[status] ?? 0) + 1
}
