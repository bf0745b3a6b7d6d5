import type { Reason } from '../../model/verdict.ts'

/** What became of an act: `stale` where the case changed since the button was shown, `again` where it was done before. */
export type ActOutcome = 'done' | 'again' | 'stale' | 'not-found' | 'ended' | 'unavailable' | { refused: string }

/** What people ask from a case's message beside the acts of the API. `by` goes to the audit. */
export interface PeopleActs {
  /** The plan of this hash may be carried out; it is, by the next look, while it is still the plan. */
  approve(caseId: string, by: string, planHash: string): Promise<ActOutcome>
  /** The plan of this hash is not to be carried out; the page stays with people. */
  decline(caseId: string, by: string, planHash: string): Promise<ActOutcome>
  /** Opens the issues of the case's deleted clusters, past the mode but not past the rails in code. */
  openIssue(caseId: string, by: string, planHash: string): Promise<ActOutcome>
  /** The verdict was wrong: the case is left to people, and kept as an example of what would have been right. */
  wrongVerdict(caseId: string, by: string, said: { right: Reason; text: string }): Promise<ActOutcome>
}
