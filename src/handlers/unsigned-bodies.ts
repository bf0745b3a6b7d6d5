import { finished, Transform } from 'node:stream'
import type { preParsingHookHandler } from 'fastify'
import { HttpError } from './http-error.ts'

/** Bytes that a route holds at once for senders whose signature can't be checked before the whole body is there. */
const HELD_LIMIT_BYTES = 16 * 1024 * 1024

/**
 * A hook that counts what a route holds of bodies not verified yet: anybody can open a thousand connections, and together
 * they must not fill the memory. One body too many is answered 503, after which PagerDuty and Slack send again.
 */
export function holdWithinLimit(limitBytes = HELD_LIMIT_BYTES): preParsingHookHandler {
  let heldBytes = 0
  // Not async: the body's first bytes would come, and fail, before anybody listens.
  return (_request, reply, payload, goOn) => {
    let ownBytes = 0
    const counted = Object.assign(
      new Transform({
        transform(chunk: Buffer, _encoding, done) {
          ownBytes += chunk.byteLength
          heldBytes += chunk.byteLength
          counted.receivedEncodedLength = ownBytes
          if (heldBytes > limitBytes) done(new HttpError('unavailable'))
          else done(null, chunk)
        },
      }),
      { receivedEncodedLength: 0 },
    )
    finished(reply.raw, () => {
      heldBytes -= ownBytes
      payload.unpipe(counted)
      counted.destroy()
    })
    finished(payload, { writable: false }, (error) => {
      if (error) counted.destroy(error)
    })
    goOn(null, payload.pipe(counted))
  }
}
