import type { Leadership, Role } from '../../src/store/leadership.ts'

/** Roles that a test hands out among replicas. */
export interface HandedRoles {
  of(replica: string): Leadership
  /** The role leaves whoever has it, and goes to the replica; null: to nobody. */
  give(role: Role, replica: string | null): void
  /** The role goes to the replica, and who had it has not heard of that yet. */
  seize(role: Role, replica: string): void
}

export function handedRoles(): HandedRoles {
  const holders = new Map<Role, string | null>()
  const seekers = new Map<string, { gained: () => void; lost: () => void }>()
  return {
    of: (replica) => ({
      seek(role, changes) {
        seekers.set(`${role} ${replica}`, changes)
        if (holders.get(role) === replica) changes.gained()
      },
      holds: (role) => holders.get(role) === replica,
      async stop() {},
    }),
    give(role, replica) {
      const before = holders.get(role) ?? null
      holders.set(role, replica)
      if (before !== null) seekers.get(`${role} ${before}`)?.lost()
      if (replica !== null) seekers.get(`${role} ${replica}`)?.gained()
    },
    seize(role, replica) {
      holders.set(role, replica)
      seekers.get(`${role} ${replica}`)?.gained()
    },
  }
}
