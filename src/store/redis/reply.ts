/** Reads one answer of Redis. Anything else than expected is a damaged store and stops the reader, not the process. */
export function text(answer: unknown, what: string): string {
  if (typeof answer !== 'string') throw damaged(what)
  return answer
}

export function textOrNull(answer: unknown, what: string): string | null {
  return answer === null || answer === undefined ? null : text(answer, what)
}

export function integer(answer: unknown, what: string): number {
  const value = typeof answer === 'string' && answer !== '' ? Number(answer) : answer
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw damaged(what)
  return value
}

export function integerOrNull(answer: unknown, what: string): number | null {
  return answer === null || answer === undefined ? null : integer(answer, what)
}

export function list(answer: unknown, what: string): unknown[] {
  if (!Array.isArray(answer)) throw damaged(what)
  return answer
}

export function texts(answer: unknown, what: string): string[] {
  return list(answer, what).map((one) => text(one, what))
}

/** The object that a JSON text holds. Its shape was checked before it was stored. */
export function document<T extends object>(answer: unknown, what: string): T {
  const json = text(answer, what)
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    throw damaged(what)
  }
  if (typeof value !== 'object' || value === null) throw damaged(what)
  return value as T
}

function damaged(what: string): TypeError {
  return new TypeError(`the store in Redis is damaged: ${what} can't be read`)
}
