/** Work that one replica does for all: reading Slack, sweeping, anchoring the audit. */
export type Role = 'slack-reader' | 'sweep' | 'audit-anchor' | 'outage-watch' | 'digest' | 'heartbeat'

/** Who does what. A role that its holder no longer renews passes to another replica within 15 s. */
export interface Leadership {
  /** Asks for the role from now on; `gained` and `lost` are called as it comes and goes. Where one process owns the store it comes at once. */
  seek(role: Role, changes: { gained: () => void; lost: () => void }): void
  holds(role: Role): boolean
  /** Gives every role back, so that another replica need not wait. */
  stop(): Promise<void>
}

/** The only process has every role. */
export function soleLeadership(): Leadership {
  const held = new Set<Role>()
  return {
    seek(role, { gained }) {
      held.add(role)
      gained()
    },
    holds: (role) => held.has(role),
    async stop() {
      held.clear()
    },
  }
}
