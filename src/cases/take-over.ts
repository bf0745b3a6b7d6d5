import type { Case } from '../model/case.ts'
import type { Incident } from '../model/incident.ts'

/**
 * The case, handed to whoever acted on its incident after its outcome was told. Before that the act is a rail's matter,
 * so that the note still says what was found.
 */
export function withTakeOver(subject: Case, incident: Incident | null): Case {
  const act = incident?.status === 'resolved' ? undefined : incident?.humanActs?.at(-1)
  const isTold = subject.state === 'snoozed' || subject.state === 'handed-over'
  if (!act || !isTold || subject.takenOver !== null) return subject
  return { ...subject, takenOver: { by: act.who, what: act.what, atMs: act.atMs } }
}
