const OFFSET = 14_695_981_039_346_656_037n
const PRIME = 1_099_511_628_211n
const MASK = (1n << 64n) - 1n
const SEPARATOR = 0xff

/**
 * Alertmanager's fingerprint of an alert: 16 hex digits, FNV-1a over its sorted labels. With it an alert that was read
 * from a text is the same alert when Alertmanager itself tells of it. Source: prometheus/common model/signature.go.
 */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  let hash = OFFSET
  const add = (byte: number) => {
    hash = ((hash ^ BigInt(byte)) * PRIME) & MASK
  }
  const sorted = Object.entries(labels)
    .map(([name, value]) => [Buffer.from(name, 'utf8'), Buffer.from(value, 'utf8')] as const)
    .sort(([a], [b]) => Buffer.compare(a, b))
  for (const [name, value] of sorted) {
    for (const byte of name) add(byte)
    add(SEPARATOR)
    for (const byte of value) add(byte)
    add(SEPARATOR)
  }
  return hash.toString(16).padStart(16, '0')
}
