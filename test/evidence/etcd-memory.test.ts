import { describe, expect, test } from '@jest/globals'
import { EtcdMemory } from '../../src/evidence/etcd-memory.ts'

function aStore() {
  const settings = new Map<string, string>()
  return {
    setting: async (name: string) => settings.get(name) ?? null,
    async putSetting(name: string, value: string) {
      settings.set(name, value)
    },
    async putMode() {},
  }
}

describe('the memory of an etcd', () => {
  test('keeps the higher revision, in whatever order two looks end, and over a restart', async () => {
    const store = aStore()
    const memory = new EtcdMemory(store)
    expect(await memory.recall('eu-de')).toBeNull()
    await memory.learn('eu-de', { clusterId: '7', revision: 9_007_199_254_740_995n })
    await memory.learn('eu-de', { clusterId: '7', revision: 9_007_199_254_740_993n })
    const expected = { clusterId: '7', revision: 9_007_199_254_740_995n }
    expect(await memory.recall('eu-de')).toEqual(expected)
    expect(await new EtcdMemory(store).recall('eu-de')).toEqual(expected)
    expect(await memory.recall('us-south')).toBeNull()
  })

  test('of one replica holds what another has seen since, and neither takes it back nor another etcd in its stead', async () => {
    const store = aStore()
    const [one, other] = [new EtcdMemory(store), new EtcdMemory(store)]
    await one.learn('eu-de', { clusterId: '7', revision: 10n })
    expect(await other.recall('eu-de')).toEqual({ clusterId: '7', revision: 10n })
    await one.learn('eu-de', { clusterId: '7', revision: 12n })
    expect(await other.recall('eu-de')).toEqual({ clusterId: '7', revision: 12n })
    await other.learn('eu-de', { clusterId: '7', revision: 11n })
    await new EtcdMemory(store).learn('eu-de', { clusterId: '8', revision: 99n })
    expect(await new EtcdMemory(store).recall('eu-de')).toEqual({ clusterId: '7', revision: 12n })
  })
})
