import { freePort } from '../support/free-port.ts'
import { type Program, startProgram } from './program.ts'

export interface Etcd extends Program {
  /** Client address, without a slash at the end. */
  readonly url: string
}

interface Member {
  name: string
  clientUrl: string
  peerUrl: string
}

/** A real etcd of one member on a loopback port. */
export async function startEtcd(options: { dataDir?: string } = {}): Promise<Etcd> {
  const member = await newMember(0)
  return startMember(member, [member], options.dataDir)
}

/** A real etcd of several members, each to be killed or paused by itself. */
export async function startEtcdCluster(size: number): Promise<Etcd[]> {
  const members = await Promise.all(Array.from({ length: size }, (_, index) => newMember(index)))
  return Promise.all(members.map((member) => startMember(member, members, undefined)))
}

async function newMember(index: number): Promise<Member> {
  const address = async (): Promise<string> => `http://127.0.0.1:${await freePort()}`
  return { name: `member-${index}`, clientUrl: await address(), peerUrl: await address() }
}

async function startMember(member: Member, members: readonly Member[], dataDir: string | undefined): Promise<Etcd> {
  const program = await startProgram({
    binaries: ['etcd'],
    dataDir,
    args: (folder) => [
      `--name=${member.name}`,
      `--data-dir=${folder}/etcd`,
      `--listen-client-urls=${member.clientUrl}`,
      `--advertise-client-urls=${member.clientUrl}`,
      `--listen-peer-urls=${member.peerUrl}`,
      `--initial-advertise-peer-urls=${member.peerUrl}`,
      `--initial-cluster=${members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',')}`,
    ],
    // /health answers 503 until there is a leader.
    isReady: async () => (await fetch(`${member.clientUrl}/health`)).ok,
  })
  return { ...program, url: member.clientUrl }
}
