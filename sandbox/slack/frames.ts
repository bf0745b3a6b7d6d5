/** Kinds of frames. Source: RFC 6455, section 5.2. */
export const TEXT = 0x1
export const CLOSE = 0x8
export const PING = 0x9
export const PONG = 0xa

export interface Frame {
  opcode: number
  payload: Buffer
}

/** A whole, unmasked frame, as a server sends it. */
export function toFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const head = length < 126 ? Buffer.alloc(2) : length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10)
  head[0] = 0x80 | opcode
  head[1] = length < 126 ? length : length < 65_536 ? 126 : 127
  if (head.length === 4) head.writeUInt16BE(length, 2)
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, payload])
}

/** The first frame of what a client sent and the bytes behind it, or null while it is not whole. */
export function readFrame(bytes: Buffer): { frame: Frame; rest: Buffer } | null {
  if (bytes.length < 2) return null
  const short = bytes.readUInt8(1) & 0x7f
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
  const maskAt = 2 + lengthBytes
  const payloadAt = maskAt + 4
  if (bytes.length < payloadAt) return null
  const length =
    lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (bytes.length < payloadAt + length) return null
  const mask = bytes.subarray(maskAt, payloadAt)
  const payload = Buffer.from(bytes.subarray(payloadAt, payloadAt + length)).map(
    (byte, at) => byte ^ (mask[at % 4] ?? 0),
  )
  return {
    frame: { opcode: bytes.readUInt8(0) & 0xf, payload: Buffer.from(payload) },
    rest: bytes.subarray(payloadAt + length),
  }
}
