import { readFileSync, statSync } from 'node:fs'

/** A file that has not changed for so long (ms) is whole; a tick of the file system's clock is far shorter. */
const SETTLED_MS = 1_000

/** A secret that may be rotated while the service runs. It never prints itself. */
export interface Secret {
  /** The value now. @throws Error when its file can't be read: the caller answers as if it had none. */
  read(): string
}

/** A secret given in the environment. */
export function secretFromValue(value: string): Secret {
  return conceal(() => value)
}

/**
 * A secret kept in a file, read again when the file changes. A file that was written a moment ago is read each time, since
 * whoever writes it may not be done, and two writes within a tick of the file system's clock leave one and the same time.
 */
export function secretFromFile(path: string): Secret {
  let known: { version: string; value: string } | null = null
  return conceal(() => {
    const { mtimeMs, ctimeMs, ino, size } = statSync(path)
    const version = [mtimeMs, ctimeMs, ino, size].join()
    if (known?.version === version) return known.value
    const value = readFileSync(path, 'utf8').trim()
    known = Date.now() - Math.max(mtimeMs, ctimeMs) > SETTLED_MS ? { version, value } : null
    return value
  })
}

/** The parts of a secret that holds a comma list. */
export function readList(secret: Secret): string[] {
  return secret
    .read()
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** The operators of a `name:token` comma list. */
export function readOperators(secret: Secret): { name: string; token: string }[] {
  return readList(secret).flatMap((entry) => {
    const colon = entry.indexOf(':')
    return colon > 0 && colon < entry.length - 1 ? [{ name: entry.slice(0, colon), token: entry.slice(colon + 1) }] : []
  })
}

function conceal(read: () => string): Secret {
  return Object.freeze(Object.defineProperty({}, 'read', { value: read, enumerable: false })) as Secret
}
