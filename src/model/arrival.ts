/** One cluster that began to fail: when its alert started (ms since the epoch), and where. */
export interface Arrival {
  clusterId: string
  region: string
  accountId: string
  atMs: number
}
