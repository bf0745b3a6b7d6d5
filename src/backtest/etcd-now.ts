import { createEtcdClient } from '../clients/etcd.ts'
import type { Config } from '../config/config.ts'
import type { EtcdAccess } from '../config/etcd-access.ts'
import { createEtcdEvidence } from '../evidence/etcd.ts'
import type { EtcdFacts } from '../model/facts.ts'
import type { SettingStore } from '../store/store.ts'
import type { DecideDeps } from './decide.ts'

/** The records of clusters as etcd holds them now, each asked for once. */
export interface EtcdNow {
  lookUp: DecideDeps['etcdNow']
  close: () => void
}

export function openEtcdNow({ etcd, policy }: Pick<Config, 'etcd' | 'policy'>, now: () => number): EtcdNow {
  const known = new Map<string, Promise<EtcdFacts>>()
  const connect = (access: EtcdAccess) => createEtcdClient(access)
  const reader =
    etcd &&
    createEtcdEvidence({
      clients: {
        fallback: etcd.fallback && connect(etcd.fallback),
        regions: new Map([...etcd.regions].map(([region, access]) => [region, connect(access)])),
      },
      policy: () => policy.current().etcd,
      store: forgetful(),
      now,
    })
  const unasked: EtcdFacts = {
    outcome: 'unavailable',
    why: 'no etcd is configured (ETCD_ENDPOINTS)',
    revision: null,
    observedAtMs: now(),
  }
  return {
    async lookUp(cluster) {
      const asked = known.get(cluster.clusterId) ?? (reader ? reader.lookUp(cluster) : Promise.resolve(unasked))
      known.set(cluster.clusterId, asked)
      return asked
    },
    close: () => reader?.close(),
  }
}

/** What is seen of an etcd is remembered as long as the command runs. */
function forgetful(): SettingStore {
  const settings = new Map<string, string>()
  return {
    setting: async (name) => settings.get(name) ?? null,
    async putSetting(name, value) {
      settings.set(name, value)
    },
    async putMode() {},
  }
}
