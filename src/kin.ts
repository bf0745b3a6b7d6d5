import { type Case, type CaseAlert, firingAlerts } from './model/case.ts'
import { identifyCluster } from './model/identity.ts'
import { joinJudgements } from './plan/join.ts'
import type { Store } from './store/store.ts'

/**
 * The firing alerts of the other open cases that hold a cluster of this case, judged now; none where the case's own alerts
 * ask for no snooze. Open cases of one cluster count as one. Source: PRODUCT.md section 4, Case join.
 */
export async function kinOf(
  subject: Case,
  {
    store,
    now,
    judge,
  }: {
    store: Pick<Store, 'openCasesOfCluster' | 'caseById'>
    now: () => number
    judge: (other: Case) => Promise<{ subject: Case }>
  },
): Promise<CaseAlert[]> {
  const firing = firingAlerts(subject)
  if (joinJudgements(firing, now()).kind !== 'snooze') return []
  const others = new Set<string>()
  for (const alert of firing) {
    const identity = identifyCluster(alert)
    if (identity.kind !== 'identified') continue
    for (const { id } of await store.openCasesOfCluster(identity.clusterId)) if (id !== subject.id) others.add(id)
  }
  const cases = await Promise.all([...others].map((id) => store.caseById(id)))
  // A firing that no incident confirms may be a replay: it forbids nothing.
  const believed = cases.filter((other) => other !== null && !other.isUnconfirmed)
  const judged = await Promise.all(believed.map((other) => (other ? judge(other) : null)))
  return judged.flatMap((other) => (other ? firingAlerts(other.subject) : []))
}
