/**
 * Returns a function that yields ids never given before, such as `Q0000000000001`: a prefix, then a counter in upper-case
 * base 36, padded so that the whole id has `length` characters.
 */
export function createIds(prefix: string, length: number): () => string {
  let count = 0
  return () => {
    count += 1
    return (
      prefix +
      count
        .toString(36)
        .toUpperCase()
        .padStart(length - prefix.length, '0')
    )
  }
}
