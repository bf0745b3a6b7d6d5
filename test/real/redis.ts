import { connect } from 'node:net'
import { freePort } from '../support/free-port.ts'
import { type Program, startProgram } from './program.ts'

export interface RedisOptions {
  dataDir?: string
  /** More arguments, such as `['--maxmemory', '3mb']`. */
  args?: readonly string[]
}

export interface RedisServer extends Program {
  /** `redis://127.0.0.1:PORT`. */
  readonly url: string
}

/** A real Redis on a loopback port that appends every write to its file and evicts nothing. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const port = await freePort()
  const program = await startProgram({
    binaries: ['redis-server'],
    dataDir: options.dataDir,
    args: (dataDir) => [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dataDir],
      ...['--save', '', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'],
      ...(options.args ?? []),
    ],
    isReady: () => answersPing(port),
  })
  return { ...program, url: `redis://127.0.0.1:${port}` }
}

/** Whether Redis answers PONG; while it still loads its file it answers an error. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.setTimeout(1_000, () => socket.destroy())
    socket.once('data', (answer) => {
      resolve(answer.toString().startsWith('+PONG'))
      socket.destroy()
    })
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
}
