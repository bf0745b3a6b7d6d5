import { EtcdSandbox } from '../sandbox/etcd/etcd.ts'

/** Must exist, or an empty answer proves nothing. The policy's default. */
const SENTINEL_KEY = '/clusters/.sentinel'

/** The etcd of one region. */
export interface EtcdPlace {
  region: string
  etcd: EtcdSandbox
}

/** Every way an etcd can be, one region each, so that scenarios on different regions do not disturb each other. */
export const ETCD_REGIONS = {
  /** Well. */
  well: 'eu-de',
  /** Well, and a key migration is going on. */
  migrating: 'eu-fr2',
  /** Gives no linearizable answer. */
  away: 'us-south',
  /** Takes the call and never answers. */
  hanging: 'us-east',
  /** Lacks the permission to read. */
  refusing: 'au-syd',
  /** Holds no sentinel key: another prefix, or another etcd. */
  foreign: 'jp-tok',
  /** Well at first; scenarios replace, restore or lose it. */
  replaced: 'eu-gb',
  restored: 'jp-osa',
  returning: 'in-che',
  /** The policy names none. */
  unconfigured: 'ca-tor',
} as const

/** Starts the etcds, each on a loopback port of its own. */
export async function startEtcds(): Promise<EtcdPlace[]> {
  const regions = Object.entries(ETCD_REGIONS).filter(([kind]) => kind !== 'unconfigured')
  return Promise.all(
    regions.map(async ([kind, region]) => {
      const etcd = new EtcdSandbox()
      await etcd.start()
      if (kind !== 'foreign') etcd.put(SENTINEL_KEY)
      if (kind === 'away' || kind === 'returning') etcd.behaviour = 'unavailable'
      if (kind === 'hanging') etcd.behaviour = 'hangs'
      if (kind === 'refusing') etcd.behaviour = 'refuses'
      return { region, etcd }
    }),
  )
}

/** The key under which the record of a cluster lies. The policy's default. */
export function recordKeyOf(clusterId: string): string {
  return `/clusters/${clusterId}`
}
