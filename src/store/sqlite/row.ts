/** Reads a text column; a missing or other value is a damaged store and stops the reader. */
export function text(row: Record<string, unknown>, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new TypeError(`column ${column} of the store holds no text`)
  return value
}

export function textOrNull(row: Record<string, unknown>, column: string): string | null {
  return row[column] === null ? null : text(row, column)
}

export function integer(row: Record<string, unknown>, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw new TypeError(`column ${column} of the store holds no number`)
  return value
}

export function integerOrNull(row: Record<string, unknown>, column: string): number | null {
  return row[column] === null ? null : integer(row, column)
}
