import { z } from 'zod'

const ErrorBody = z.object({ error: z.string() }).describe('the reason as a word; never the input')

type Errors<S extends number> = Record<S, typeof ErrorBody>

/** The description of a route's errors. */
export function errorResponses<const S extends number>(...statuses: S[]): Errors<S> {
  return Object.fromEntries(statuses.map((status) => [status, ErrorBody])) as Errors<S>
}
