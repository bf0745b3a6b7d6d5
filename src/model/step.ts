/** One thing to do next: what for, and the commands or queries to run as they are. Either may be empty. */
export interface Step {
  text: string
  commands: readonly string[]
}
