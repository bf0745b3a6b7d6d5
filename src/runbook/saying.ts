/** Words of the runbook as they stand there, and the heading of the section that holds them. */
export interface Saying {
  source: string
  says: string
}
