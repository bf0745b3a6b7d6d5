import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below Linux's range for outgoing connections (32768 up), so that a port given to a program that is killed and started
 * again cannot be taken by somebody's outgoing connection in between.
 */
const LOWEST_PORT = 15_000
const HIGHEST_PORT = 30_000
const TRIES = 50

/** A TCP port of 127.0.0.1 on which nothing listened a moment ago; random, so that parallel tests do not meet. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT)
    if (await canListenOn(port)) return port
  }
  throw new Error(`no free port found between ${LOWEST_PORT} and ${HIGHEST_PORT} in ${TRIES} tries`)
}

function canListenOn(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
