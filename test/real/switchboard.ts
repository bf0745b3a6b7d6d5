import { connect, createServer, type Socket } from 'node:net'
import { freePort } from '../support/free-port.ts'

export interface Switchboard {
  readonly url: string
  /** Leads new connections to another loopback address. */
  leadTo: (target: string) => void
  /** Cuts every connection. */
  stop: () => void
}

/** One address that leads new connections to one program or another. */
export async function startSwitchboard(target: string): Promise<Switchboard> {
  const port = await freePort()
  const sockets = new Set<Socket>()
  let led = target
  const server = createServer((inbound) => {
    const outbound = connect(Number(new URL(led).port), '127.0.0.1')
    for (const socket of [inbound, outbound]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    inbound.pipe(outbound).pipe(inbound)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${port}`,
    leadTo(other) {
      led = other
    },
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
