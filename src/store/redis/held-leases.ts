import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'

/** One turn that a piece of work has. */
export interface Lease {
  readonly name: string
  /** Its fencing number and a random id: nobody else's turn has the same. */
  readonly value: string
  /** True once the work has ended: what it left running asks for no turn any more. */
  isOver: boolean
}

/** Which turns the present piece of work has, carried along its asynchronous calls. */
export class HeldLeases {
  /** Stands for this opening of the store where work has no turn. */
  readonly processId = `process.${randomUUID()}`
  readonly #context = new AsyncLocalStorage<readonly Lease[]>()

  run<T>(lease: Lease, work: () => Promise<T>): Promise<T> {
    return this.#context.run([...this.#current(), lease], work)
  }

  /** The turns as arguments of a script that checks them: their number, then the name and the value of each. */
  asArguments(): (string | number)[] {
    const current = this.#current()
    return [current.length, ...current.flatMap(({ name, value }) => [name, value])]
  }

  /** Who looks at a group: its turn, or this process. */
  holderOf(name: string): string {
    return this.#current().findLast((lease) => lease.name === name)?.value ?? this.processId
  }

  /** Whose attempt an effect is: the turn that the whole work runs in, and an empty name where it has none. */
  owner(): { name: string; value: string } {
    const [outermost] = this.#current()
    return outermost ? { name: outermost.name, value: outermost.value } : { name: '', value: this.processId }
  }

  #current(): readonly Lease[] {
    return (this.#context.getStore() ?? []).filter(({ isOver }) => !isOver)
  }
}
