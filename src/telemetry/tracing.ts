/** The words of ours that spans may carry: no text from outside, no customer's value, no secret. */
export type SpanAttribute =
  | 'case.id'
  | 'case.state'
  | 'deliveries'
  | 'evidence.source'
  | 'evidence.outcome'
  | 'verdict.classification'
  | 'verdict.reason'
  | 'plan.actions'
  | 'effect.action'
  | 'effect.result'

export type SpanAttributes = Readonly<Partial<Record<SpanAttribute, string | number>>>
export type SpanName = 'look' | 'receive' | 'gather' | 'classify' | 'plan' | 'effect'

/** Where the steps of a look are told as one trace. A span lies within the one that is under way where it is begun. */
export interface Tracing {
  /** Runs the step within a span; one that throws marks it as failed. */
  span<T>(name: SpanName, attributes: SpanAttributes, step: () => Promise<T>): Promise<T>
  /** The same for a step that waits for nothing. */
  within<T>(name: SpanName, attributes: SpanAttributes, step: () => T): T
  /** A span that is over already; times in ms since the epoch. */
  past(name: SpanName, attributes: SpanAttributes, span: { fromMs: number; untilMs: number }): void
  /** Tells more of the span that is under way. */
  tell(attributes: SpanAttributes): void
  /** Sends what is not sent yet, for a few seconds at most. */
  stop(): Promise<void>
}

/** Traces nothing, and costs nothing. */
export const NO_TRACING: Tracing = {
  span: (_name, _attributes, step) => step(),
  within: (_name, _attributes, step) => step(),
  past: () => undefined,
  tell: () => undefined,
  stop: async () => undefined,
}
