import { readFileSync } from 'node:fs'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { startResponder } from '../support/responder-process.ts'
import { ENVIRONMENT, isBalanced, POLICY, type Target, toFault } from './target.ts'

const COLLECTS = new URL('collects.mjs', import.meta.url).href

/** The same as a process of its own, whose memory is its own and whose end would be seen. */
export async function startProcess(): Promise<Target> {
  const sandbox = await startSandbox()
  const responder = await startResponder({
    sandboxUrl: sandbox.url,
    policy: POLICY,
    environment: { ...ENVIRONMENT, LOG_LEVEL: 'warn', NODE_OPTIONS: `--import=${COLLECTS}` },
  })
  /** Lines told before; each has its time and so is told once. */
  const told = new Set<string>()
  return {
    port: Number(new URL(responder.url).port),
    async send({ method, url, headers, body }) {
      const answer = await fetch(`${responder.url}${url}`, { method, headers, body: new Uint8Array(body) })
      await answer.body?.cancel()
      return answer.status
    },
    takeFaults() {
      const lines = responder.output().split('\n').slice(1, -1)
      return lines.flatMap((line) => {
        if (told.has(line)) return []
        told.add(line)
        const fault = line.startsWith('{') ? toFault(line) : `it printed ${line}`
        return fault === null ? [] : [fault]
      })
    },
    memoryMb() {
      const status = readFileSync(`/proc/${responder.pid()}/status`, 'utf8')
      const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1_024
      return { now: of('VmRSS'), peak: of('VmHWM') }
    },
    collect: () => responder.signal('SIGUSR2'),
    isBalanced: async () => isBalanced(await (await fetch(`${responder.url}/metrics`)).text()),
    async stop() {
      await responder.stop()
      await sandbox.close()
    },
  }
}
