/**
 * The whole body of an answer, as long as it is no larger than allowed: one without an end must not fill the memory.
 * @throws the given error once more came than that; the rest is not read
 */
export async function readBounded(
  response: Response,
  limitBytes: number,
  tooLarge: () => Error,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > limitBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
